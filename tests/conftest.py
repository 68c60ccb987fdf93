"""What tests of several parts share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from experiment_files import experiment as experiment  # a fixture
from hypothesis import settings
from nni_home import Home

from nni_hpo_ext.dispatcher import current_dispatcher

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """Restore the log levels that a command sets for its process."""
    loggers = [logging.getLogger(name) for name in ("", "nni", "nni_hpo_ext")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def no_tuner() -> None:
    """Forget the tuners of other tests: an assessor compares by the objectives of the latest."""
    current_dispatcher().clear()


@pytest.fixture(scope="session")
def processes_at() -> Callable[[Path], list[psutil.Process]]:
    """Return a function that finds all processes whose home directory is the given one."""

    def find(home: Path) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("HOME") == str(home):
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    return find


@pytest.fixture
def home(tmp_path: Path, processes_at: Callable[[Path], list[psutil.Process]]) -> Iterator[Home]:
    yield Home(tmp_path)
    for process in processes_at(tmp_path):  # none, unless the test failed half-way
        process.kill()
