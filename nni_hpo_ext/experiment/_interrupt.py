"""Signals that ask a run to end: the first in order, the second at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Turns Ctrl-C, SIGTERM and SIGHUP into a flag, as a context manager of the main thread.

    Attributes
    ----------
    on_repeat
        Called at every further signal.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._previous: dict[signal.Signals, Any] = {}
        self.on_repeat: Callable[[], None] = lambda: None

    def __enter__(self) -> Interrupts:
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        """Whether a signal has come."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not beyond a signal; return whether one has come."""
        return self._asked.wait(seconds)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set():
            self.on_repeat()
        self._asked.set()
