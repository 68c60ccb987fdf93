"""React to an early stop in time.

NNI stops a trial with SIGINT and, five seconds later, SIGKILL. Python runs a signal handler only
between two bytecodes of the main thread, which may be in a long native call (a training step, an
XLA compilation). So a separate thread, woken through a pipe by the C-level handler, reacts and ends
the process.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

__all__ = ["InterruptGuard"]

_logger = logging.getLogger(__name__)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_END = b"\0"  # no signal has the number 0


class InterruptGuard:
    """Context in which an interrupt calls `on_interrupt` and ends the process at once.

    Parameters
    ----------
    on_interrupt
        Called without arguments in a separate thread, at most once. It should take much less than
        five seconds. An exception in it is logged, and the process ends nevertheless.
    exit_code
        Exit status of the process, by convention 128 + signal number. Inside NNI the process
        kills itself instead, because NNI shows a trial with a non-zero exit status as FAILED.

    Notes
    -----
    Signals can only be caught in the main thread. In another thread the guard has no effect and
    logs a warning. Processes forked within this context, such as data loaders, handle signals as
    if there were no guard.

    Examples
    --------
    >>> with InterruptGuard(lambda: print("stopped early")):
    ...     accuracy = 0.9  # train here
    """

    _entered: InterruptGuard | None = None

    def __init__(self, on_interrupt: Callable[[], None], exit_code: int = 130) -> None:
        self._on_interrupt = on_interrupt
        self._exit_code = exit_code
        self._active = False

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is not threading.main_thread():
            _logger.warning(
                "not in the main thread: an early stop ends this trial without a report"
            )
            return self
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._old_wakeup = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        # Without a handler in Python the signal still raises KeyboardInterrupt.
        self._old_handlers = {number: signal.signal(number, _ignore) for number in _SIGNALS}
        self._active = True
        InterruptGuard._entered = self
        self._watcher = threading.Thread(target=self._watch, name="interrupt", daemon=True)
        self._watcher.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._active:
            return
        self._leave()
        # Closing the pipe does not end the watcher: forked children keep it open.
        os.write(self._write_end, _END)
        self._watcher.join()
        os.close(self._write_end)
        os.close(self._read_end)

    def _leave(self) -> None:
        """Restore the previous signal handlers."""
        self._active = False
        InterruptGuard._entered = None
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)

    def _watch(self) -> None:
        while (woken := os.read(self._read_end, 1)) != _END:
            if woken[0] in _SIGNALS:
                self._react()

    def _react(self) -> None:
        try:
            self._on_interrupt()
        except Exception:
            _logger.exception("the interrupted trial could not report")
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            self._end_process()

    def _end_process(self) -> None:
        # NNI counts a non-zero exit code as a failure, and death by a signal as a stop.
        if os.environ.get("NNI_PLATFORM"):
            os.kill(os.getpid(), signal.SIGKILL)
        # sys.exit ends this thread only, and the main thread may be busy for minutes.
        os._exit(self._exit_code)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Leave the signal to the watcher."""


def _leave_in_child() -> None:
    # Otherwise a signal to the child wakes the watcher of its parent through the shared pipe.
    if InterruptGuard._entered:
        InterruptGuard._entered._leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_in_child)
