"""Traces of simulations: files with one JSON object a line.

A trace (format 1) holds, for each optimisation in turn:

1. one ``{"event": "run", "format": 1, ...}`` line with the fields of `Header`;
2. one ``{"event": "trial", "tuner": label, "repeat": r, ...}`` line per trial with the fields of
   `TrialRecord`, in the order of their numbers;
3. one ``{"event": "end", "tuner": label, "repeat": r, "ending": ..., "seconds": ...,
   "trials": n}`` line; see `Run`.

Times are virtual seconds since the start of the optimisation. Values that are not finite are
``null``. Nothing in a trace depends on the machine or the day: the same command with the same seed
writes the same bytes.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

from nni_hpo_ext.simulate._records import Header, Run, TrialRecord

__all__ = ["FORMAT", "trace_lines"]

FORMAT = 1


def trace_lines(run: Run) -> Iterator[str]:
    """Return the lines of one optimisation, each with its line end."""
    key = {"tuner": run.header.tuner, "repeat": run.header.repeat}
    yield _line({"event": "run", "format": FORMAT, **_fields(run.header)})
    for trial in run.trials:
        yield _line({"event": "trial", **key, **_fields(trial)})
    end = {"ending": run.ending, "seconds": run.seconds, "trials": len(run.trials)}
    tests = {"test_values": run.test_values} if run.test_values else {}
    yield _line({"event": "end", **key, **end, **tests})


def _fields(record: Header | TrialRecord) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}


def _line(content: dict[str, Any]) -> str:
    return json.dumps(_finite(content), allow_nan=False, default=repr) + "\n"


def _finite(value: Any) -> Any:
    """Replace numbers that JSON does not know by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value
