"""Try out the tuner and the assessor before NNI does: import them, construct them, time them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["Probe", "Target", "try_out"]

_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """A class to try out.

    Attributes
    ----------
    class_name
        Its full name.
    args
        Its ``classArgs``.
    path
        Directories to add to the import path.
    space
        A search space to ask a tuner for parameters of; None to leave that out.
    """

    class_name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    space: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """How far a class came.

    Attributes
    ----------
    stage
        ``import``, ``construct`` or ``suggest``, where it failed; ``done``; ``slow`` if it did
        not end.
    error
        The exception in one line.
    cpu_seconds
        Processor time of its import and construction.
    seconds
        Time on the clock for the same.
    slowness
        Clock time of a processor second on this machine while NNI itself was imported.
    parameters
        Names of its class arguments.
    """

    stage: str
    error: str = ""
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    slowness: float = 1.0
    parameters: tuple[str, ...] = ()


def try_out(targets: Sequence[Target]) -> list[Probe]:
    """Import and construct classes one after the other, as NNI does, in a process of their own.

    One that takes the process down does not keep those after it from their turn.
    """
    probes: list[Probe] = []
    while len(probes) < len(targets):
        probes += _in_one_process(targets[len(probes) :])
    return probes


def _in_one_process(targets: Sequence[Target]) -> list[Probe]:
    with tempfile.TemporaryDirectory(prefix="nni-hpo-check-") as scratch:
        request, answers = Path(scratch, "request.json"), Path(scratch, "answers.jsonl")
        request.write_text(json.dumps([asdict(t) for t in targets]), encoding="utf-8")
        answers.touch()
        failure = _execute([str(request), str(answers)], Path(scratch))
        lines = answers.read_text(encoding="utf-8").splitlines()
    probes = [_probe(json.loads(line)) for line in lines]
    return probes if len(probes) == len(targets) else [*probes, failure]


def _probe(answer: dict[str, Any]) -> Probe:
    return replace(Probe(**answer), parameters=tuple(answer["parameters"]))


def _execute(arguments: Sequence[str], scratch: Path) -> Probe:
    """Run the probe in the surroundings that NNI gives to its dispatcher.

    Returns
    -------
    Probe
        What to say of a class that the process did not get past.
    """
    environment = {
        **os.environ,
        "SDK_PROCESS": "dispatcher",
        "NNI_MODE": "start",
        "NNI_CHECKPOINT_DIRECTORY": str(scratch),
        "NNI_LOG_DIRECTORY": str(scratch),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nni_hpo_ext.check._probe_main", *arguments],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Probe("slow", f"did not end within {_LIMIT_SECONDS:g} s")
    return Probe("construct", f"the process ended with exit code {done.returncode}")
