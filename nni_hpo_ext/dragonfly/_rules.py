"""Dragonfly's acquisition rules with this package's Gaussian processes.

Dragonfly chooses the rule, draws the weights and the exploration constants, and combines the
objectives. The models and the maximisation are this package's and vectorised; Dragonfly's own take
seconds to minutes per suggestion.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import numpy as np

from nni_hpo_ext.acquisition import Maximiser
from nni_hpo_ext.dragonfly._domain import DragonflyDomain
from nni_hpo_ext.dragonfly._numpy import drawing_from
from nni_hpo_ext.dragonfly._runtime import dragonfly_module
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates import ObjectiveModels

__all__ = ["DragonflyRules"]


class DragonflyRules:
    """MOORS for two or more objectives, the rules of the GP bandit for one.

    Parameters
    ----------
    domain
        The search space.
    n_objectives
        Number of objectives.
    maximiser
        Maximises acquisition functions.
    scalarisation
        ``"tchebychev"`` or ``"linear"``, for two or more objectives.
    """

    def __init__(
        self, domain: DragonflyDomain, n_objectives: int, maximiser: Maximiser, scalarisation: str
    ) -> None:
        self._maximiser = maximiser
        self._n_objectives = n_objectives
        # Unlike the adaptive choice among the rules, the uniform one needs no history of the run.
        options = Namespace(acq_probs="uniform", moors_scalarisation=scalarisation)
        self._bandit = _new_bandit(domain, n_objectives, options)

    def suggest(self, models: ObjectiveModels, seed: list[int]) -> tuple[FloatArray | None, str]:
        """Return the next point, ``(d,)``, or None if none is left, and the name of the rule.

        Parameters
        ----------
        models
            Models of the objectives, with pending trials included.
        seed
            Seed of all of Dragonfly's randomness.
        """
        bandit = self._bandit
        generator = np.random.RandomState(seed)
        bandit.step_idx = len(models.X)
        bandit.acq_opt_method = _Search(self._maximiser, models, np.random.default_rng(seed))
        processes = [_Process(models, k, generator) for k in range(self._n_objectives)]
        observed = -models.completed_means()
        if self._n_objectives == 1:
            bandit.gp, bandit.gp_processor = processes[0], Namespace(hp_tune_method="ml")
            bandit.curr_opt_val = float(observed.max()) if len(observed) else 0.0
        else:
            bandit.gps, bandit.gp_processors = processes, [Namespace(hp_tune_method="ml")]
            bandit.moors_reference_point = _reference(observed, self._n_objectives)
        with drawing_from(generator):
            query = bandit._determine_next_query()
        return query.point, str(query.curr_acq)


def _reference(observed: FloatArray, n_objectives: int) -> list[float]:
    """Return a reference point slightly worse than the worst value of each objective."""
    if not len(observed):
        return [-1.0] * n_objectives
    worst, best = observed.min(axis=0), observed.max(axis=0)
    return [float(v) for v in worst - 0.1 * (best - worst)]


def _new_bandit(domain: DragonflyDomain, n_objectives: int, options: Namespace) -> Any:
    """Return a bandit without data, of which only the rules are used."""
    callers = dragonfly_module("exd.experiment_caller")
    orderings = Namespace(kernel_ordering=[""] * domain.product.num_domains)
    with drawing_from(np.random.RandomState(0)):
        if n_objectives == 1:
            caller = callers.CPFunctionCaller(None, domain.product, domain_orderings=orderings)
            return dragonfly_module("opt.gp_bandit").CPGPBandit(
                caller, options=options, reporter="silent", ask_tell_mode=True
            )
        caller = callers.CPMultiFunctionCaller(
            (None, n_objectives), domain.product, domain_orderings=orderings
        )
        # The class requires a worker manager, but it is not used.
        workers = dragonfly_module("exd.worker_manager").SyntheticWorkerManager(1)
        return dragonfly_module("opt.multiobjective_gp_bandit").CPMultiObjectiveGPBandit(
            caller, workers, options=options, reporter="silent"
        )


class _Batch:
    """Many points in place of one, so that Dragonfly's rules compute on arrays."""

    def __init__(self, X: FloatArray) -> None:
        self.X = X


class _Process:
    """Dragonfly's interface of a Gaussian process, negated because Dragonfly maximises."""

    ucb_dim = None
    kernel = None

    def __init__(
        self, models: ObjectiveModels, objective: int, generator: np.random.RandomState
    ) -> None:
        self._models = models
        self._objective = objective
        self._generator = generator

    def eval(self, points: list[Any], uncert_form: str = "none") -> tuple[Any, Any]:
        # A batch or plain points: top-two expected improvement evaluates its first choice again.
        X = points[0].X if isinstance(points[0], _Batch) else np.atleast_2d(points)
        mean, std = self._models.predict(X)
        return -mean[:, self._objective], std[:, self._objective]

    def draw_samples(self, n: int, points: list[_Batch]) -> FloatArray:
        mean, std = self.eval(points, "std")
        return np.asarray(mean + std * self._generator.standard_normal((n, len(mean))))


class _Search:
    """`Maximiser` in place of the name of one of Dragonfly's optimisers."""

    def __init__(
        self, maximiser: Maximiser, models: ObjectiveModels, rng: np.random.Generator
    ) -> None:
        self._maximiser = maximiser
        self._models = models
        self._rng = rng

    def __eq__(self, other: object) -> bool:
        # Thompson sampling requires the optimiser of this name, which draws at random.
        return other == "rand"

    __hash__ = None  # type: ignore[assignment]

    def __call__(
        self, objective: Callable[[_Batch], Any], *_: object, vectorised: bool = False, **__: object
    ) -> tuple[float, FloatArray | None]:
        models = self._models

        def acquisition(X: FloatArray) -> FloatArray:
            values = np.asarray(objective(_Batch(X)), dtype=float).reshape(-1)
            # A rule's values have no natural scale, so the penalty is relative to their range.
            penalty = models.log_feasibility(X) * float(np.ptp(values) or 1.0)
            return np.asarray(values + penalty)

        point = self._maximiser(
            acquisition,
            self._rng,
            anchors=models.completed_X,
            taboo=np.vstack([models.X, models.pending]),
            # Independent draws at each point have no local structure to exploit.
            climb=not vectorised,
        )
        return 0.0, point
