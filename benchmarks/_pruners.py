"""Optuna's asynchronous successive halving as a stopping rule for replays."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nni_hpo_ext.stopping import Decision
from nni_hpo_ext.types import Direction

__all__ = ["OptunaAsha"]


class OptunaAsha:
    """`optuna.pruners.SuccessiveHalvingPruner`, called at its rungs only."""

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
        """Record new values of a running trial and decide whether to stop it."""
        if trial not in self._running:
            self._running[trial] = (self._study.ask(), 0)
        optuna_trial, step = self._running[trial]
        stop = False
        for value in values:
            step += 1
            if step in self._rungs:
                optuna_trial.report(value if math.isfinite(value) else math.nan, step)
                stop = optuna_trial.should_prune()
        self._running[trial] = (optuna_trial, step)
        return Decision(stop)

    def end(self, trial: str, success: bool) -> None:
        """Record the end of a trial."""
        optuna_trial, _ = self._running.pop(trial)
        self._study.tell(
            optuna_trial, 0.0 if success else None, None if success else self._states.PRUNED
        )
