"""Write traces of simulations: files with one JSON object per line.

A trace (format 2) contains, for each optimisation in turn:

1. one ``{"event": "run", "format": 2, ...}`` line with the fields of `Header`;
2. one ``{"event": "trial", "tuner": label, "repeat": r, ...}`` line per trial with the fields of
   `SimulatedTrial`, in the order of their numbers;
3. one ``{"event": "end", "tuner": label, "repeat": r, "ending": ..., "seconds": ...,
   "trials": n}`` line; see `Run`.

Times are virtual seconds since the start of the optimisation. Non-finite values are ``null``. A
trace does not depend on the machine or the time: the same command with the same seed writes the
same bytes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from nni_hpo_ext.files import finite
from nni_hpo_ext.trace._records import Header, Run, SimulatedTrial

__all__ = ["FORMAT", "trace_lines"]

FORMAT = 2


def trace_lines(run: Run) -> Iterator[str]:
    """Return the lines of one optimisation, each with a newline.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=2)))
    >>> [json.loads(line)["event"] for line in trace_lines(run)]
    ['run', 'trial', 'trial', 'end']
    """
    key = {"tuner": run.header.tuner, "repeat": run.header.repeat}
    yield _line({"event": "run", "format": FORMAT, **_fields(run.header)})
    for trial in run.trials:
        yield _line({"event": "trial", **key, **_fields(trial)})
    end = {"ending": run.ending, "seconds": run.seconds, "trials": len(run.trials)}
    tests = {"test_values": run.test_values} if run.test_values else {}
    yield _line({"event": "end", **key, **end, **tests})


def _fields(record: Header | SimulatedTrial) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}


def _line(content: dict[str, Any]) -> str:
    return json.dumps(finite(content), allow_nan=False) + "\n"
