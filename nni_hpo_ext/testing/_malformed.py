"""Malformed search spaces, with the key that the error must name."""

from __future__ import annotations

from typing import Any

__all__ = ["MALFORMED_SPACES"]

_SOUND = {"_type": "uniform", "_value": [0, 1]}


def _p(kind: Any, *value: Any) -> dict[str, Any]:
    return {"x": {"_type": kind, "_value": list(value)}, "y": _SOUND}


MALFORMED_SPACES: dict[str, tuple[Any, str]] = {
    "empty": ({}, "search space"),
    "a list": ([{"x": _SOUND}], "search space"),
    "None": (None, "search space"),
    "a number for a parameter": ({"x": 3, "y": _SOUND}, "x"),
    "a bare list for a parameter": ({"x": [0, 1], "y": _SOUND}, "x"),
    "without _type": ({"x": {"_value": [0, 1]}, "y": _SOUND}, "x"),
    "without _value": ({"x": {"_type": "uniform"}, "y": _SOUND}, "x"),
    "unknown type": (_p("unifrm", 0, 1), "x._type"),
    "a type that is not a string": (_p(["uniform"], 0, 1), "x._type"),
    "a text for a list": ({"x": {"_type": "choice", "_value": "ab"}, "y": _SOUND}, "x._value"),
    "a dict for a list": ({"x": {"_type": "uniform", "_value": {"a": 0}}}, "x._value"),
    "empty choice": (_p("choice"), "x._value"),
    "one bound": (_p("uniform", 0), "x._value"),
    "three bounds": (_p("uniform", 0, 1, 2), "x._value"),
    "no step": (_p("quniform", 0, 1), "x._value"),
    "a text for a bound": (_p("uniform", 0, "1"), "x._value"),
    "None for a bound": (_p("uniform", None, 1), "x._value"),
    "a bool for a bound": (_p("uniform", False, True), "x._value"),
    "an infinite bound": (_p("uniform", 0, float("inf")), "x._value"),
    "NaN for a bound": (_p("loguniform", float("nan"), 1), "x._value"),
    "bounds the wrong way round": (_p("uniform", 1, 0), "x._value"),
    "empty randint": (_p("randint", 3, 3), "x._value"),
    "randint of fractions": (_p("randint", 0.5, 3), "x._value"),
    "logarithm of zero": (_p("loguniform", 0, 1), "x._value"),
    "logarithm of a negative number": (_p("qloguniform", -1, 1, 1), "x._value"),
    "step of zero": (_p("quniform", 0, 1, 0), "x._value"),
    "negative step": (_p("qnormal", 0, 1, -0.5), "x._value"),
    "deviation of zero": (_p("normal", 0, 0), "x._value"),
    "two branches of one name": (_p("choice", {"_name": "a"}, {"_name": "a"}), "x._value"),
    "a branch whose name is not a string": (_p("choice", {"_name": 1}, {"_name": "a"}), "x._value"),
    "malformed inside a branch": (
        _p("choice", {"_name": "a", "z": {"_type": "uniform", "_value": [1, 0]}}),
        "x.a.z._value",
    ),
}
