"""The search algorithm behind DragonflyTuner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.acquisition import HypervolumeImprovement, ModelBasedSearch, suffice
from nni_hpo_ext.dragonfly._domain import DragonflyDomain
from nni_hpo_ext.dragonfly._rules import DragonflyRules
from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import Fits, ObjectiveModels
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial

__all__ = ["DragonflyEngine"]

# Hypervolume improvement may miss a part of the front, more often with many objectives.
# Random scalarisations at this interval find it; in the first trials they cost more than they find.
_SCALARISED_EVERY = 3
_SCALARISED_EVERY_MANY = 2
_MANY_OBJECTIVES = 4
_SCALARISED_FROM = 20


class DragonflyEngine(ModelBasedSearch):
    """Bayesian optimisation of one or more objectives.

    Each suggestion depends only on the trials, the seed and the number of earlier suggestions, so
    that a new engine with the same trials and state continues identically.

    Parameters
    ----------
    space
        The search space.
    objectives
        The objectives, one or more.
    seed
        Seed of every random choice.
    num_init_evals
        Number of suggestions from a space-filling design before the first model.
    build_new_model_every
        Number of results after which hyperparameters are refitted; results in between are added to
        the models with the previous hyperparameters.
    acquisition
        ``"ehvi"``, ``"moors"`` or ``"auto"``: both in turn, with few objectives not from the start.
    scalarisation
        Scalarisation of MOORS: ``"tchebychev"`` or ``"linear"``.
    """

    def __init__(
        self,
        space: SearchSpace,
        objectives: Sequence[Objective],
        *,
        seed: int,
        num_init_evals: int,
        build_new_model_every: int,
        acquisition: str,
        scalarisation: str,
    ) -> None:
        super().__init__(
            space,
            seed=seed,
            num_init_evals=num_init_evals,
            build_new_model_every=build_new_model_every,
        )
        self._objectives = tuple(objectives)
        domain = DragonflyDomain(space)
        self._is_trivial = domain.is_trivial
        self._acquisition = acquisition
        self._rules = (
            DragonflyRules(domain, len(self._objectives), self._maximiser, scalarisation)
            if _may_scalarise(acquisition, len(self._objectives)) and not domain.is_trivial
            else None
        )
        self._fits: Fits = {}
        self._trials: tuple[Trial, ...] = ()

    def observe(self, trials: Sequence[Trial]) -> None:
        """Replace the known trials by all that have ended so far."""
        self._trials = self._selected(trials, self._objectives)

    def state_dict(self) -> dict[str, Any]:
        """Return the number of suggestions made."""
        return {"suggested": self._suggested}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._suggested = int(state["suggested"])

    def _suggest_one(self, pending: Sequence[Params]) -> Suggestion:
        if self._suggested < self._num_init_evals or self._is_trivial:
            return self._initial()
        if not suffice(self._trials):
            return self._initial(note="; too few results for a model")
        seed = [self._seed, self._suggested]
        models = self._models(pending)
        if self._rules is not None and self._scalarises():
            u, rule = self._rules.suggest(models, [*seed, 2])
            arm = f"moors-{rule}" if len(self._objectives) > 1 else f"gp-{rule}"
        else:
            u, arm = self._improve(models, np.random.default_rng([*seed, 1])), "ehvi"
        if u is None:
            raise SpaceExhaustedError("no untried configuration was found")
        reason = f"{arm} on {len(self._trials)} trials, {len(pending)} pending"
        return Suggestion(self._space.decode(u), arm, 1.0, reason)

    def _scalarises(self) -> bool:
        """Whether Dragonfly's rules make the next suggestion."""
        if self._acquisition == "moors":
            return True
        if len(self._objectives) >= _MANY_OBJECTIVES:
            return self._suggested % _SCALARISED_EVERY_MANY == 0
        return self._suggested >= _SCALARISED_FROM and self._suggested % _SCALARISED_EVERY == 0

    def _models(self, pending: Sequence[Params]) -> ObjectiveModels:
        return ObjectiveModels(
            self._space,
            self._objectives,
            self._trials,
            pending,
            running=self._running,
            n_fitted=self._n_fitted(self._trials),
            seed=self._seed,
            fits=self._fits,
        )

    def _improve(self, models: ObjectiveModels, rng: np.random.Generator) -> FloatArray | None:
        acquisition = HypervolumeImprovement(models, n_baseline=self._num_init_evals, rng=rng)
        return self._maximiser(
            acquisition,
            rng,
            anchors=acquisition.pareto_X,
            taboo=np.vstack([models.X, models.pending]),
        )


def _may_scalarise(acquisition: str, n_objectives: int) -> bool:
    return acquisition == "moors" or (acquisition == "auto" and n_objectives > 1)
