"""Try out a tuner or assessor before NNI does: import it, construct it, time it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CONNECT_SECONDS", "Probe", "try_out"]

# NNI's manager gives up on a tuner that has not connected by then.
CONNECT_SECONDS = 10.0
_LIMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of it.

    Attributes
    ----------
    stage
        ``import`` or ``construct``, where it failed; ``done``; ``slow`` if it did not end.
    error
        The exception in one line.
    seconds
        From the start of the interpreter.
    """

    stage: str
    error: str
    seconds: float


def try_out(class_name: str, args: Mapping[str, Any], path: Sequence[str] = ()) -> Probe:
    """Import and construct a class in a process of its own.

    Parameters
    ----------
    class_name
        Full name of the class.
    args
        Its ``classArgs``.
    path
        Directories to add to the import path.
    """
    probe = _once(class_name, args, path)
    if probe.stage == "done" and probe.seconds > CONNECT_SECONDS:
        return _once(class_name, args, path)  # the first time files may come from a cold disk
    return probe


def _once(class_name: str, args: Mapping[str, Any], path: Sequence[str]) -> Probe:
    with tempfile.TemporaryDirectory(prefix="nni-hpo-check-") as scratch:
        exchange = Path(scratch, "exchange.json")
        request = {"class": class_name, "args": dict(args), "path": list(path)}
        exchange.write_text(json.dumps(request), encoding="utf-8")
        started = time.monotonic()
        try:
            done = _execute(exchange, Path(scratch))
        except subprocess.TimeoutExpired:
            return Probe("slow", "", _LIMIT_SECONDS)
        seconds = time.monotonic() - started
        answer = json.loads(exchange.read_text(encoding="utf-8"))
    if "stage" not in answer:  # it died without an exception
        return Probe("construct", f"the process ended with exit code {done}", seconds)
    return Probe(answer["stage"], answer["error"], seconds)


def _execute(exchange: Path, scratch: Path) -> int:
    """Run the probe in the surroundings that NNI gives to its dispatcher."""
    environment = {
        **os.environ,
        "SDK_PROCESS": "dispatcher",
        "NNI_MODE": "start",
        "NNI_CHECKPOINT_DIRECTORY": str(scratch),
        "NNI_LOG_DIRECTORY": str(scratch),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    command = [sys.executable, "-m", "nni_hpo_ext.check._probe_main", str(exchange)]
    return subprocess.run(
        command,
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    ).returncode
