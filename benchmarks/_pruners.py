"""Optuna's asynchronous successive halving as something that a replay can drive."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nni_hpo_ext.stopping import Decision
from nni_hpo_ext.types import Direction

__all__ = ["OptunaAsha"]


class OptunaAsha:
    """Calls `optuna.pruners.SuccessiveHalvingPruner`, at its rungs only: elsewhere it goes on."""

    def __init__(self, direction: Direction, min_resource: int, reduction_factor: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        pruner = optuna.pruners.SuccessiveHalvingPruner(
            min_resource=min_resource, reduction_factor=reduction_factor
        )
        self._study = optuna.create_study(direction=direction, pruner=pruner)
        self._states = optuna.trial.TrialState
        self._running: dict[str, tuple[optuna.trial.Trial, int]] = {}
        self._rungs = {min_resource * reduction_factor**k for k in range(12)}

    def report(self, trial: str, values: Sequence[float]) -> Decision:
        """Take in a running trial's new values and decide on it."""
        if trial not in self._running:
            self._running[trial] = (self._study.ask(), 0)
        own, step = self._running[trial]
        stop = False
        for value in values:
            step += 1
            if step in self._rungs:
                own.report(value if math.isfinite(value) else math.nan, step)
                stop = own.should_prune()
        self._running[trial] = (own, step)
        return Decision(stop)

    def end(self, trial: str, success: bool) -> None:
        """Note that a trial ended."""
        own, _ = self._running.pop(trial)
        self._study.tell(own, 0.0 if success else None, None if success else self._states.PRUNED)
