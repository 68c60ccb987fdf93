"""NNI's side of its dispatcher: the real one, with a channel that ends in the test."""

from __future__ import annotations

import threading
from collections import defaultdict
from queue import Queue
from typing import Any

import pytest
from nni.common.serializer import dump, load
from nni.runtime import msg_dispatcher, msg_dispatcher_base
from nni.runtime.msg_dispatcher import MsgDispatcher
from nni.runtime.tuner_command_channel import CommandType

__all__ = ["Manager"]

# Waiting longer than this means a deadlock, however busy the machine.
_PATIENCE = 120.0


class _Watched(MsgDispatcher):  # type: ignore[misc]
    """NNI's dispatcher, which says when it has worked off a command."""

    def __init__(self, tuner: Any, assessor: Any) -> None:
        super().__init__("ws://_unittest_placeholder_", tuner, assessor)
        self.worked_off = threading.Semaphore(0)

    def process_command(self, command: Any, data: Any) -> None:
        try:
            super().process_command(command, data)
        finally:
            self.worked_off.release()


class _Channel:
    """In the place of the web socket."""

    def __init__(self) -> None:
        self.incoming: Queue[Any] = Queue()
        self.sent: list[tuple[Any, Any]] = []

    def _receive(self) -> Any:
        return self.incoming.get()

    def _send(self, command: Any, data: Any) -> None:
        self.sent.append((command, load(data) if data else None))

    def disconnect(self) -> None:
        pass


class Manager:
    """Plays NNI's manager to a tuner and an assessor behind NNI's real dispatcher.

    Parameters
    ----------
    tuner, assessor
        Ours.
    patch
        Gives the dispatcher's module a fresh memory.
    mode
        ``start`` or ``resume``.
    """

    def __init__(
        self, tuner: Any, assessor: Any, patch: pytest.MonkeyPatch, mode: str = "start"
    ) -> None:
        patch.setattr(msg_dispatcher, "_trial_history", defaultdict(dict))
        patch.setattr(msg_dispatcher, "_ended_trials", set())
        patch.setattr(msg_dispatcher, "_next_parameter_id", 0)
        patch.setattr(msg_dispatcher, "_trial_params", {})
        patch.setattr(msg_dispatcher, "_customized_parameter_ids", set())
        environment = msg_dispatcher_base.dispatcher_env_vars._replace(NNI_MODE=mode)
        patch.setattr(msg_dispatcher_base, "dispatcher_env_vars", environment)
        self.dispatcher = _Watched(tuner, assessor)
        self._channel = self.dispatcher._channel = _Channel()
        self._commands = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.dispatcher.run, daemon=True)
        self._thread.start()

    def tell(self, command: CommandType, data: Any) -> None:
        """Send a command; may be called from many threads."""
        with self._lock:
            self._commands += 1
        self._channel.incoming.put((command, dump(data)))

    def wait(self) -> None:
        """Wait until all commands so far are worked off."""
        with self._lock:
            commands, self._commands = self._commands, 0
        for _ in range(commands):
            assert self.dispatcher.worked_off.acquire(timeout=_PATIENCE), "a deadlock"
            assert not self.dispatcher.worker_exceptions

    def trials(self) -> list[dict[str, Any]]:
        """Return the trials that the tuner has asked for: id and parameters."""
        return [form for command, form in self._channel.sent if command is CommandType.NewTrialJob]

    def ask(self, n: int) -> list[dict[str, Any]]:
        """Ask for trials and return them."""
        before = len(self.trials())
        self.tell(CommandType.RequestTrialJobs, n)
        self.wait()
        return self.trials()[before:]

    def end(self) -> None:
        """Let the dispatcher end."""
        self._channel.incoming.put((CommandType.Terminate, None))
        while self._thread.is_alive():  # its workers look every 3 seconds, or when there is work
            for queue in (
                self.dispatcher.default_command_queue,
                self.dispatcher.assessor_command_queue,
            ):
                queue.put((CommandType.Ping, None))
            self._thread.join(timeout=0.05)
        assert not self.dispatcher.worker_exceptions
