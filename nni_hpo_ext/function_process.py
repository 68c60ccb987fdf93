"""A process that calls a Python function for one trial after another, and the other end of it.

The function is sent once; after that, each side writes lines of JSON. The process ends with its
parent, also if that is killed. It imports little, because one is started for every worker.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from nni_hpo_ext.files import finite

__all__ = ["FunctionProcess", "main"]

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop());"
    "from nni_hpo_ext.function_process import main; main(int(sys.argv.pop()))"
)
_LONGEST = 2000  # characters of an error
_PARENT_SECONDS = 1.0


class FunctionProcess:
    """A process that calls a function with the configurations of trials.

    Parameters
    ----------
    function
        The function, pickled.
    environment
        Further environment variables.

    Examples
    --------
    >>> process = FunctionProcess(pickle.dumps(len))
    >>> process.start({"lr": 0.1, "units": 64})
    >>> process.receive()
    {'values': 2}
    >>> process.kill()
    """

    def __init__(self, function: bytes, environment: Mapping[str, str] | None = None) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            # A session of its own, so that Ctrl-C reaches the parent only.
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(number), json.dumps(sys.path)],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        self._socket = ours
        self._file = ours.makefile("rwb")
        self._send({"bytes": len(function), "arguments": sys.argv}, function)

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` has something to return."""
        return self._socket.fileno()

    def _send(self, message: Mapping[str, Any], content: bytes = b"") -> None:
        with contextlib.suppress(OSError):  # it has ended, which `receive` tells
            _write(self._file, message, content)

    def start(self, params: Mapping[str, Any]) -> None:
        """Call the function with a configuration."""
        self._send({"params": dict(params)})

    def answer(self, stop: bool, problem: str = "") -> None:
        """Answer a report: whether to stop, or why the report cannot be used."""
        self._send({"stop": stop, "problem": problem})

    def receive(self) -> dict[str, Any] | None:
        """Return the next message, None if the process has ended.

        A message holds ``report`` (to `answer`), or ends the trial with ``values``, ``stopped`` or
        ``error`` and its ``traceback``, or tells with ``broken`` why there is no function to call.
        """
        try:
            # A process that it forked may hold the socket open.
            if self.has_ended() and not select.select([self._socket], [], [], 0)[0]:
                return None
            line = self._file.readline()
            return dict(json.loads(line)) if line else None
        except (OSError, ValueError):  # it ended while it wrote
            return None

    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def ending(self) -> str:
        """Wait for the end of the process and describe it."""
        code = self._process.wait()
        if code >= 0:
            return f"its process ended with exit code {code}"
        name = signal.Signals(-code).name
        hint = ", perhaps because memory ran out" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}"

    def kill(self) -> None:
        """End it and the processes that it started."""
        with contextlib.suppress(ProcessLookupError):  # nothing is left to kill
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):  # of unsent bytes
            self._file.close()
        self._socket.close()


def _write(file: Any, message: Mapping[str, Any], content: bytes = b"") -> None:
    file.write(json.dumps(message).encode() + b"\n" + content)
    file.flush()


# ---------------------------------------------------------------- in the process


class _Stopped(BaseException):
    """The assessor stopped the trial; not an Exception, which functions tend to catch."""


def main(descriptor: int) -> None:
    """Call the function for each configuration that arrives.

    Parameters
    ----------
    descriptor
        File descriptor of the socket.
    """
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rwb") as file:
        first = json.loads(file.readline())
        sys.argv[:] = first["arguments"]  # of the script, whose function may read them
        try:
            function = pickle.loads(file.read(first["bytes"]))  # noqa: S301 - of the user, from the parent
        except BaseException as error:
            _write(file, {"broken": _described(error)})
            return
        for line in file:
            _write(file, _outcome(function, json.loads(line)["params"], file))


def _end_with(parent: int) -> None:
    """End this process and those it started when its parent has ended."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _outcome(function: Callable[..., Any], params: dict[str, Any], file: Any) -> dict[str, Any]:
    """Return how a call ended, as a message."""

    def report(value: Any) -> None:
        _write(file, {"report": _plain(value)})
        answer = json.loads(file.readline() or b'{"stop": true, "problem": ""}')
        if answer["problem"]:
            raise ValueError(answer["problem"])
        if answer["stop"]:
            raise _Stopped

    try:
        return {"values": _plain(_result(function, params, report))}
    except _Stopped:
        return {"stopped": True}
    except BaseException as error:  # such as SystemExit: it ends the trial only
        return {"error": _described(error), "traceback": traceback.format_exc()}


def _result(
    function: Callable[..., Any], params: dict[str, Any], report: Callable[[Any], None]
) -> Any:
    """Return what the function returns, or the last value that a generator yields."""
    result = function(params, report) if _takes_report(function) else function(params)
    if inspect.isgenerator(result):
        result = _exhausted(result, report)
    if result is None:
        raise TypeError("the function returned None instead of a number or a dict of numbers")
    return result


def _exhausted(values: Any, report: Callable[[Any], None]) -> Any:
    """Report all values of a generator; return its result, else the last value."""
    last = None
    with contextlib.closing(values):
        while True:
            try:
                last = next(values)
            except StopIteration as end:
                return last if end.value is None else end.value
            report(last)


def _takes_report(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # of a function written in C
        return False
    given = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in given if p.default is p.empty]
    return len(required) > 1 or (len(given) > 1 and given[1].name == "report")


def _plain(value: Any) -> Any:
    """Return the JSON value of a number, also of one of NumPy, PyTorch or TensorFlow."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if hasattr(value, "numpy"):
        value = value.numpy()
    return finite(value.tolist() if hasattr(value, "tolist") else value)


def _described(error: BaseException) -> str:
    """Return an error as one line, with the place in the code."""
    text = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename != __file__]
    place = f" ({os.path.basename(own[-1].filename)}, line {own[-1].lineno})" if own else ""
    return " ".join(text.split())[: _LONGEST - len(place)] + place
