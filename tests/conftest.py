"""What tests of several parts share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest


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
