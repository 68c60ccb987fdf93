"""Replacement of numpy in dragonfly-opt's modules, with removed names and separate randomness.

dragonfly-opt 0.1.7 uses names that numpy 2 removed, calls ``float`` on one-element arrays, which
numpy 2.4 rejects, and draws from numpy's global random state. Its modules use these objects
instead of ``np`` and ``float``; numpy itself is not changed.
"""

from __future__ import annotations

import builtins
import contextvars
import math
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["NUMPY", "RANDOM", "Float", "drawing_from"]

_generator: contextvars.ContextVar[np.random.RandomState] = contextvars.ContextVar("generator")


@contextmanager
def drawing_from(generator: np.random.RandomState) -> Iterator[None]:
    """Draw all of Dragonfly's random numbers from ``generator`` within the context."""
    token = _generator.set(generator)
    try:
        yield
    finally:
        _generator.reset(token)


class _Random(types.ModuleType):
    """Replaces ``numpy.random``; drawing outside of `drawing_from` raises LookupError."""

    RandomState = np.random.RandomState

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # inspection, such as doctest's, must work without a generator
            raise AttributeError(name)
        return getattr(_generator.get(), name)


class _Numpy(types.ModuleType):
    """Replaces ``numpy``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class _Linalg(types.ModuleType):
    """Replaces ``numpy.linalg``, which once had itself as a submodule ``linalg``."""

    def __getattr__(self, name: str) -> Any:
        return np.linalg if name == "linalg" else getattr(np.linalg, name)


def asscalar(value: Any) -> Any:
    """Return the only element of an array, as ``numpy.asscalar`` did."""
    return np.asarray(value).item()


class _LikeFloat(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, builtins.float)


class Float(builtins.float, metaclass=_LikeFloat):
    """Replaces ``float``; accepts arrays with one element, as numpy once allowed."""

    def __new__(cls, value: Any = 0.0) -> builtins.float:  # type: ignore[misc]
        """Return a plain float."""
        return builtins.float(value.item() if isinstance(value, np.ndarray) else value)


RANDOM = _Random("random")

NUMPY = _Numpy("numpy")
vars(NUMPY).update(
    int=int,
    float=float,
    object=object,
    bool=bool,
    math=math,
    asscalar=asscalar,
    NaN=np.nan,
    Inf=np.inf,
    infty=np.inf,
    linalg=_Linalg("linalg"),
    random=RANDOM,
)
