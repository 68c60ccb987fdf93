"""Odd values, imports and orders of calls that a tuner may meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["FINAL_VALUES", "FIRST_VALUES", "IMPORTS", "ORDER_FAULTS", "SPACE"]

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "batch": {"_type": "choice", "_value": [16, 32, 64]},
    "optimizer": {"_type": "choice", "_value": ["adam", "sgd"]},
}
_GOOD = {"lr": 0.01, "batch": 32, "optimizer": "sgd"}

FINAL_VALUES: dict[str, Any] = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "None": None,
    "text": "diverged",
    "empty text": "",
    "list": [0.5, 0.6],
    "empty list": [],
    "dict without the objective": {"loss": 0.5},
    "dict with text": {"default": "0.5"},
    "nested dict": {"default": {"default": 0.5}},
    "bool": True,
    "numpy scalar": np.float32(0.5),
    "huge int": 10**400,
    "0-d array": np.array(0.5),
    "1-d array": np.array([0.5, 0.6]),
}

FIRST_VALUES = {n: FINAL_VALUES[n] for n in ("NaN", "infinity", "None", "text", "nested dict")}

IMPORTS: dict[str, Any] = {
    "missing parameter": [{"parameter": {"lr": 0.01}, "value": 0.5}],
    "extra parameter": [{"parameter": {**_GOOD, "extra": 1}, "value": 0.5}],
    "out of the space": [{"parameter": {**_GOOD, "lr": 50.0}, "value": 0.5}],
    "wrong type": [{"parameter": {**_GOOD, "lr": "fast", "batch": None}, "value": 0.5}],
    "no value": [{"parameter": _GOOD}],
    "NaN": [{"parameter": _GOOD, "value": float("nan")}],
    "empty": [],
    "duplicate": [{"parameter": _GOOD, "value": 0.5}] * 2,
    "text number": [{"parameter": _GOOD, "value": "0.5"}],
    "other space": [{"parameter": {"x": 1, "y": "a"}, "value": 0.5}],
    "10,000 rows": [
        {"parameter": {**_GOOD, "lr": float(10 ** (-4 * i / 10_000))}, "value": i / 10_000}
        for i in range(10_000)
    ],
}


def _twice(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(0, p[0], 0.5)
    t.receive_trial_result(0, p[0], 0.7)


def _late(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(2, p[2], 0.5)
    t.receive_trial_result(0, p[0], 0.6)


def _before_suggestion(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(77, p[0], 0.5)


def _after_end(t: Any, p: list[dict[str, Any]]) -> None:
    t.trial_end(0, True)
    t.receive_trial_result(0, p[0], 0.5)


def _no_result(t: Any, p: list[dict[str, Any]]) -> None:
    t.trial_end(0, True)


def _unknown_id(t: Any, p: list[dict[str, Any]]) -> None:
    t.trial_end(999, False)
    t.receive_trial_result(999, p[1], 0.5)


def _none_id(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(None, p[0], 0.5, customized=True)
    t.trial_end(None, True)


def _end_twice(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(0, p[0], 0.5)
    t.trial_end(0, True)
    t.trial_end(0, False)


def _first_fails(t: Any, p: list[dict[str, Any]]) -> None:
    t.trial_end(0, False)


def _all_fail(t: Any, p: list[dict[str, Any]]) -> None:
    for i in range(len(p)):
        t.trial_end(i, False)


def _new_space(t: Any, p: list[dict[str, Any]]) -> None:
    t.receive_trial_result(0, p[0], 0.5)
    t.update_search_space(SPACE)
    t.receive_trial_result(1, p[1], 0.6)


# Each function gets a tuner and the parameters of the running trials 0, 1, ...
ORDER_FAULTS: dict[str, Callable[[Any, list[dict[str, Any]]], None]] = {
    "result twice": _twice,
    "result late": _late,
    "result before its suggestion": _before_suggestion,
    "result after the end": _after_end,
    "end without result": _no_result,
    "unknown id": _unknown_id,
    "None id": _none_id,
    "end twice": _end_twice,
    "first trial failed": _first_fails,
    "all trials failed": _all_fail,
    "space update in the middle": _new_space,
}
