"""Import, construct and time the tuner and the assessor in a separate process."""

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
    """A class to probe.

    Attributes
    ----------
    class_name
        Its full name.
    args
        Its ``classArgs``.
    path
        Directories to add to the import path.
    space
        Search space that the tuner's arguments must fit. If it is empty, the tuner must define
        the parameters. None skips both.
    """

    class_name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    space: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """How far a class got.

    Attributes
    ----------
    stage
        ``import``, ``construct``, ``fit`` (to the search space) or ``suggest`` if it failed there,
        ``slow`` if it did not end in time, else ``done``.
    error
        The exception, on one line.
    cpu_seconds
        CPU time of its import and construction.
    seconds
        Wall-clock time of the same.
    slowness
        Wall-clock seconds per CPU second on this machine, measured while NNI was imported.
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
    """Import and construct classes one after the other, as NNI does, in a separate process.

    If one ends the process, a new process probes the classes after it.
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
    """Run the probe in the environment that NNI gives to its dispatcher.

    Returns
    -------
    Probe
        The result for the class at which the process ended.
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
