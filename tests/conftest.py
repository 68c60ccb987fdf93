"""What tests of several parts share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from experiment_files import experiment as experiment  # a fixture
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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
