"""Odd histories of trials, and odd orders of calls to an assessor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["CALLS", "HISTORIES", "NOT_HISTORIES"]

_ODD: tuple[Any, ...] = (None, "0.5", [], {"default": 0.5})

# Histories of one trial.
HISTORIES: dict[str, list[Any]] = {
    "NaN": [float("nan")] * 4,
    "infinity": [float("inf")] * 4,
    "minus infinity": [float("-inf")] * 4,
    "NaN in between": [0.5, float("nan"), 0.6, float("nan")],
    "None": [None] * 4,
    "texts": ["0.5", "diverged", "", "nan"],
    "bytes": [b"0.5"] * 4,
    "bools": [True, False, True, True],
    "lists": [[], [0.5], [0.5, 0.6], [[0.5]]],
    "empty dicts": [{}] * 4,
    "dicts without the objective": [{"loss": 0.5}] * 4,
    "dicts with odd values": [{"default": v} for v in _ODD],
    "dicts and numbers": [{"default": 0.5}, 0.5, {"default": 0.6, "loss": 1}, 0.7],
    "huge ints": [10**400, -(10**400), 10**30, 0],
    "huge floats": [1.7e308, -1.7e308, 1.7e308, 1.7e308],
    "tiny floats": [5e-324, -5e-324, 0.0, -0.0],
    "complex numbers": [1 + 2j] * 4,
    "numpy scalars": [np.float32(0.5), np.int64(1), np.bool_(True), np.float64("nan")],
    "numpy arrays": [np.array(0.5), np.array([0.5]), np.array([0.5, 0.6]), np.array([])],
    "objects": [object(), {1, 2}, len, Exception("x")],
    "alternating sign": [(-1.0) ** i * 10.0**i for i in range(200)],
    "long": [i / 5000 for i in range(5000)],
    "one value": [0.5],
}

# Values that are not histories.
NOT_HISTORIES: dict[str, Any] = {
    "empty": [],
    "None": None,
    "a number": 0.5,
    "a text": "0.5",
    "a dict": {0: 0.5},
    "a tuple": (0.5, 0.6),
    "a generator": (v for v in (0.5, 0.6)),
}


def _after_bad(a: Any) -> None:
    for step in range(1, 9):
        a.assess_trial("x", [-1e9] * step)
    a.trial_end("x", False)


def _after_end(a: Any) -> None:
    a.assess_trial("x", [0.5])
    a.trial_end("x", True)
    a.assess_trial("x", [0.5, 0.6])
    a.trial_end("x", True)


def _shorter(a: Any) -> None:
    for history in ([0.1, 0.2, 0.3], [0.1], [], [0.1, 0.2, 0.3, 0.4]):
        a.assess_trial("x", history)
    a.trial_end("x", True)


def _jump(a: Any) -> None:
    a.assess_trial("x", [0.1])
    a.assess_trial("x", [0.1] * 50)
    a.trial_end("x", True)


def _changed(a: Any) -> None:
    a.assess_trial("x", [0.1, 0.2])
    a.assess_trial("x", [0.9, 0.8])
    a.assess_trial("x", ["?", None, 0.5])
    a.trial_end("x", True)


def _repeated(a: Any) -> None:
    for _ in range(5):
        a.assess_trial("x", [0.1, 0.2])
    a.trial_end("x", True)


def _end_only(a: Any) -> None:
    a.trial_end("x", True)
    a.trial_end("x", False)


def _odd_success(a: Any) -> None:
    answers: tuple[Any, ...] = (None, 1, "no", [])
    for i, success in enumerate(answers):
        a.assess_trial(f"x{i}", [0.5])
        a.trial_end(f"x{i}", success)


def _odd_ids(a: Any) -> None:
    for name in (None, 7, "", "ä" * 500, ("a", 1)):
        a.assess_trial(name, [0.5])
        a.trial_end(name, True)


def _interleaved(a: Any) -> None:
    for step in range(1, 6):
        for i in range(20):
            a.assess_trial(f"x{i}", [i / 40] * step)
    for i in reversed(range(20)):
        a.trial_end(f"x{i}", i % 3 != 0)


def _all_fail(a: Any) -> None:
    for i in range(20):
        a.assess_trial(f"x{i}", [0.5])
        a.trial_end(f"x{i}", False)


# Each function calls an assessor.
CALLS: dict[str, Callable[[Any], None]] = {
    "asked again after Bad": _after_bad,
    "asked again after the end": _after_end,
    "histories that shrink": _shorter,
    "histories that jump": _jump,
    "histories that change": _changed,
    "the same history again": _repeated,
    "an end without history": _end_only,
    "an odd success": _odd_success,
    "odd ids": _odd_ids,
    "trials interleaved": _interleaved,
    "all trials fail": _all_fail,
}
