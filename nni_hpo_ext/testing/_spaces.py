"""Valid search spaces of every type and nesting, including odd ones that NNI's JSON allows."""

from __future__ import annotations

from typing import Any

__all__ = ["FINITE_SPACES", "SPACES"]


def _p(kind: str, *value: Any) -> dict[str, Any]:
    return {"_type": kind, "_value": list(value)}


_DEEP = _p(
    "choice",
    {
        "_name": "outer",
        "inner": _p(
            "choice",
            {"_name": "deep", "core": _p("choice", {"_name": "x", "v": _p("uniform", 0, 1)}, "y")},
            {"_name": "shallow", "w": _p("randint", 0, 5)},
        ),
    },
    {"_name": "none"},
)

_NETWORK = {
    "lr": _p("loguniform", 1e-5, 1e-1),
    "batch": _p("choice", 16, 32, 64, 128),
    "optimizer": _p(
        "choice",
        {
            "_name": "sgd",
            "momentum": _p("uniform", 0.5, 0.99),
            "nesterov": _p("choice", True, False),
        },
        {"_name": "adam", "beta": _p("uniform", 0.8, 0.999)},
    ),
    "layers": _p("randint", 1, 6),
    "dropout": _p("quniform", 0.0, 0.6, 0.1),
}

SPACES: dict[str, dict[str, Any]] = {
    "uniform": {"x": _p("uniform", -5, 10)},
    "tiny uniform": {"x": _p("uniform", 1e-12, 2e-12)},
    "huge uniform": {"x": _p("uniform", -1e12, 1e12)},
    "one point uniform": {"x": _p("uniform", 3, 3), "y": _p("uniform", 0, 1)},
    "quniform": {"x": _p("quniform", 0.25, 9.9, 0.7), "y": _p("uniform", 0, 1)},
    "loguniform": {"x": _p("loguniform", 1e-8, 1e3)},
    "qloguniform": {"x": _p("qloguniform", 1, 1e4, 1), "y": _p("loguniform", 1, 2)},
    "normal": {"x": _p("normal", 5, 2)},
    "qnormal": {"x": _p("qnormal", -3, 9, 0.01)},
    "lognormal": {"x": _p("lognormal", -2, 1)},
    "qlognormal": {"x": _p("qlognormal", 3, 2, 0.1)},
    "randint": {"x": _p("randint", -1000, 1001)},
    "wide randint": {"x": _p("randint", 0, 2**31)},
    "ordered numbers": {"x": _p("choice", 0.1, 1e-4, 0.01, 1), "y": _p("uniform", 0, 1)},
    "texts": {f"t{i}": _p("choice", *"abcdef") for i in range(6)},
    "lists, dicts, None": {
        "x": _p("choice", [1, 2], [], {"a": {"b": 1}}, None),
        "y": _p("uniform", 0, 1),
    },
    "look-alikes": {"x": _p("choice", 1, True, "1", 1.5, False, 0), "y": _p("uniform", 0, 1)},
    "single options": {
        "a": _p("choice", "only"),
        "b": _p("choice", None),
        "c": _p("randint", 7, 8),
        "y": _p("uniform", 0, 1),
    },
    "nested": {"layer": _DEEP, "lr": _p("loguniform", 1e-4, 1)},
    "two nested": {"a": _DEEP, "b": _DEEP},
    "nested with plain options": {
        "x": _p("choice", {"_name": "a", "k": _p("uniform", 0, 1)}, "a", None, 3),
        "y": _p("uniform", 0, 1),
    },
    "same names in branches": {
        "m": _p(
            "choice",
            {"_name": "svm", "c": _p("loguniform", 1e-3, 1e3)},
            {"_name": "tree", "c": _p("randint", 1, 30)},
        )
    },
    "network": _NETWORK,
    "odd names": {
        "a.b": _p("uniform", 0, 1),
        "a/b": _p("randint", 0, 99),
        "ä ö": _p("uniform", 0, 1),
    },
    "20 mixed": {
        **{f"x{i}": _p("uniform", 0, 1) for i in range(8)},
        **{f"c{i}": _p("choice", "a", "b", "c") for i in range(6)},
        **{f"o{i}": _p("choice", 1, 2, 4, 8) for i in range(6)},
    },
    "60 parameters": {
        **{f"x{i}": _p("uniform", 0, 1) for i in range(30)},
        **{f"l{i}": _p("loguniform", 1e-5, 1) for i in range(20)},
        **{f"c{i}": _p("choice", "a", "b") for i in range(10)},
    },
}

# Finite spaces with the number of their configurations, small enough to exhaust in a test.
FINITE_SPACES: dict[str, tuple[dict[str, Any], int]] = {
    "one configuration": ({"x": _p("choice", "only")}, 1),
    "choices": ({"x": _p("choice", "a", "b"), "y": _p("choice", 1, 2, 3)}, 6),
    "repeated options": ({"x": _p("choice", 1, 1, 2)}, 2),
    "grid": ({"x": _p("quniform", 0, 1, 0.5), "y": _p("randint", 0, 3)}, 9),
    "branches": (
        {"x": _p("choice", {"_name": "a", "k": _p("randint", 0, 3)}, {"_name": "b"}, "c")},
        5,
    ),
}
