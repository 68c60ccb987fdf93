"""Handle signals that end a run: the first one gracefully, the second at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Context manager that turns Ctrl-C, SIGTERM and SIGHUP into a flag; main thread only.

    Parameters
    ----------
    signals
        The signals to handle.

    Attributes
    ----------
    on_repeat
        Called for every signal after the first.

    Examples
    --------
    >>> import signal
    >>> with Interrupts() as interrupts:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interrupts.wait(1.0)
    True
    """

    def __init__(self, signals: Sequence[signal.Signals] = _SIGNALS) -> None:
        self._signals = signals
        self._asked = threading.Event()
        self._previous: dict[signal.Signals, Any] = {}
        self.on_repeat: Callable[[], None] = lambda: None

    def __enter__(self) -> Interrupts:
        for number in self._signals:
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
        """Whether a signal has arrived."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep until a signal arrives or the time is over; return whether one has arrived."""
        return self._asked.wait(seconds)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set():
            self.on_repeat()
        self._asked.set()
