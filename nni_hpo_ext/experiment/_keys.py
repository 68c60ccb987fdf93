"""Read single keys from the terminal while a view is shown."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from types import TracebackType
from typing import Any

from nni_hpo_ext.experiment._interrupt import Interrupts

__all__ = ["Keys"]

_SLICE = 0.1  # seconds after which a signal is noticed


class Keys:
    """Context manager that reads keys without Enter; there are none if stdin is not a terminal.

    Parameters
    ----------
    interrupts
        Ends the waiting.
    """

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._handle = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._before: list[Any] = []

    @property
    def available(self) -> bool:
        """Whether keys can be read."""
        return self._handle is not None

    def __enter__(self) -> Keys:
        if self._handle is not None:
            self._before = termios.tcgetattr(self._handle)
            tty.setcbreak(self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            termios.tcsetattr(self._handle, termios.TCSADRAIN, self._before)

    def wait(self, seconds: float) -> str:
        """Wait for a key; return an empty string if there was none, or a signal came first."""
        if self._handle is None:
            self._interrupts.wait(seconds)
            return ""
        end = time.monotonic() + seconds
        while not self._interrupts.asked:
            left = end - time.monotonic()
            if select.select([self._handle], [], [], max(0.0, min(left, _SLICE)))[0]:
                return os.read(self._handle, 1).decode(errors="ignore")
            if left <= 0:
                break
        return ""
