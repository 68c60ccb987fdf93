"""Prepare a function for the processes that call it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

from nni_hpo_ext.errors import ConfigError

__all__ = ["name_of", "pickled", "thread_limits"]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def name_of(function: Callable[..., Any]) -> str:
    """Return the name of a function, for people."""
    return str(getattr(function, "__name__", type(function).__name__)).strip("<>")


def pickled(function: Callable[..., Any]) -> bytes:
    """Return a function as bytes; one of a notebook or a script is sent with its code.

    Raises
    ------
    ConfigError
        If it is not callable or cannot be sent.
    """
    from joblib import wrap_non_picklable_objects

    if not callable(function):
        raise ConfigError(f"function must be callable, got {function!r:.80}")
    try:
        return pickle.dumps(wrap_non_picklable_objects(function, keep_wrapper=False))
    except Exception as error:  # whatever an object raises that refuses to be pickled
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"function {name_of(function)} cannot be sent to the processes of the trials: "
            f"{reason:.200}; create files, locks and connections within the function"
        ) from error


def thread_limits(processes: int) -> dict[str, str]:
    """Return environment variables with which processes share the processors."""
    share = str(max(1, (os.cpu_count() or 1) // processes))
    return {name: share for name in _THREAD_VARIABLES if name not in os.environ}
