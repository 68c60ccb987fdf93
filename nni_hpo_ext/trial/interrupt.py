"""Answering an early stop in time.

NNI stops a trial with SIGINT and, five seconds later, SIGKILL. Python runs a signal handler only
between two bytecodes of the main thread, which may sit in a long native call by then (a training
step, an XLA compilation). So the answer is given by a thread of its own, woken through a pipe by
the C-level handler, and the process is ended from there.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

_LOG = logging.getLogger(__name__)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_END = b"\0"  # no signal has the number 0


class InterruptGuard:
    """Within this context, an interrupt runs `on_interrupt` and ends the process at once.

    Parameters
    ----------
    on_interrupt : callable
        Called without arguments in a thread of its own, at most once. It should take well
        below five seconds. An exception in it is logged, and the process ends all the same.
    exit_code : int
        Exit status of the process, by custom 128 + signal number. Within NNI the process kills
        itself instead, because NNI would show a trial that exits with a status as FAILED.

    Notes
    -----
    Signals can be caught in the main thread only. Entered elsewhere, the guard logs that it
    has no effect. Processes that are forked within this context, such as those that prepare
    batches, answer signals as if there were no guard.
    """

    _entered: InterruptGuard | None = None

    def __init__(self, on_interrupt: Callable[[], None], exit_code: int = 130) -> None:
        self._on_interrupt = on_interrupt
        self._exit_code = exit_code
        self._active = False

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is not threading.main_thread():
            _LOG.warning("not in the main thread: an early stop will end this trial unreported")
            return self
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._old_wakeup = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        # A handler in Python must be set, or the signal would still raise KeyboardInterrupt.
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
        # Closing would not end the watcher: forked children hold the pipe open as well.
        os.write(self._write_end, _END)
        self._watcher.join()
        os.close(self._write_end)
        os.close(self._read_end)

    def _leave(self) -> None:
        """Answer signals as before."""
        self._active = False
        InterruptGuard._entered = None
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)

    def _watch(self) -> None:
        while (woken := os.read(self._read_end, 1)) != _END:
            if woken[0] in _SIGNALS:
                self._answer()

    def _answer(self) -> None:
        try:
            self._on_interrupt()
        except Exception:
            _LOG.exception("the interrupted trial could not report")
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            self._end_process()

    def _end_process(self) -> None:
        # NNI takes any exit code but 0 for a failure, and death by a signal for a stop.
        if os.environ.get("NNI_PLATFORM"):
            os.kill(os.getpid(), signal.SIGKILL)
        # sys.exit would end this thread only, and the main one may not listen for minutes.
        os._exit(self._exit_code)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Leave the signal to the watcher."""


def _leave_in_child() -> None:
    # Else a signal to the child would wake the watcher of its parent, through the same pipe.
    if InterruptGuard._entered:
        InterruptGuard._entered._leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_in_child)
