"""Share the tuner's objectives with the assessor.

NNI runs both in one process without a connection between them. An assessor sees only intermediate
results; the objectives are declared in the tuner's class arguments or by the first final result.
"""

from __future__ import annotations

import weakref
from typing import Protocol

from nni_hpo_ext.types import Objective

__all__ = ["announce", "tuner_objectives"]


class _Optimizer(Protocol):
    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives, empty while they are not known."""


# Assigned in one step, so that another thread reads the old or the new value.
_tuner: weakref.ref[_Optimizer] | None = None


def announce(tuner: _Optimizer | None) -> None:
    """Register the tuner whose objectives the assessor of this process uses.

    Parameters
    ----------
    tuner
        Replaces the previous one, and is referenced weakly; None removes it.

    Examples
    --------
    >>> from nni_hpo_ext.tuners import RandomTuner
    >>> tuner = RandomTuner(objectives={"loss": "minimize"}, seed=0)  # announces itself
    >>> announce(None)
    >>> tuner_objectives()
    ()
    >>> announce(tuner)
    >>> tuner_objectives()[0].name
    'loss'
    """
    global _tuner
    _tuner = None if tuner is None else weakref.ref(tuner)


def tuner_objectives() -> tuple[Objective, ...]:
    """Return the objectives of this process's tuner.

    Returns
    -------
    tuple of Objective
        Empty if no tuner of this package runs here, or its objectives are not known yet.

    Examples
    --------
    >>> from nni_hpo_ext.tuners import RandomTuner
    >>> tuner = RandomTuner(objectives={"accuracy": "maximize"}, seed=0)
    >>> tuner_objectives()
    (Objective(name='accuracy', direction='maximize'),)
    """
    tuner = _tuner() if _tuner is not None else None
    return () if tuner is None else tuner.objectives
