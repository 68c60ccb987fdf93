"""What the tuner of a dispatcher lets its assessor know.

NNI runs both in one process and gives neither a way to the other: an assessor sees intermediate
results only, and which of their values count is said in the tuner's class arguments, or by the
first final result.
"""

from __future__ import annotations

import weakref
from typing import Protocol

from nni_hpo_ext.types import Objective

__all__ = ["announce", "tuner_objectives"]


class _Optimizer(Protocol):
    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What is optimised, as far as it is known; empty before."""


# Replaced as a whole, so that a thread reads the old one or the new one.
_tuner: weakref.ref[_Optimizer] | None = None


def announce(tuner: _Optimizer | None) -> None:
    """Make a tuner's objectives known to the assessor of this process.

    The latest tuner counts; None forgets it.
    """
    global _tuner
    _tuner = None if tuner is None else weakref.ref(tuner)


def tuner_objectives() -> tuple[Objective, ...]:
    """Return the objectives of this process's tuner; empty if it has none of ours, or not yet."""
    tuner = _tuner() if _tuner is not None else None
    return () if tuner is None else tuner.objectives
