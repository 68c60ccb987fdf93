"""The tuner registered as ``Diversified``, and its arms as tuners of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.bandit import make_plan
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["DiversifiedTuner", "ForestTuner", "GPTuner", "ParzenTuner"]


class DiversifiedTuner(AlgorithmTuner):
    """Diversified Bayesian optimisation: Gaussian process, random forest and TPE as arms.

    Cho et al., "Basic enhancement strategies when using Bayesian optimization for hyperparameter
    tuning of deep neural networks", IEEE Access 8, 2020 (DEEP-BO).

    Parameters
    ----------
    mode
        ``DIV``: several arms. ``BATCH``: the same for parallel workers. ``RANDOM``, or one model:
        ``GP``, ``GP-NM``, ``RF``, ``TPE``, with or without the suffix ``-HLE`` (hybrid logarithm of
        the error) or ``-LE`` (logarithm).
    spec
        How ``DIV`` chooses an arm, or what a model maximises; see ``docs/diversified.md``.
    arms
        In place of the default arms of ``DIV``: ``[{model: GP, acquisition: EI, response:
        hybrid-log}, ...]``.
    response
        What the models are fitted to: ``hybrid-log``, ``log``, ``none`` or ``auto``. Left out: what
        the mode or the arms say.
    optimize_mode
        Direction of the objective.
    objective
        Name of the objective in trials that report several.
    objectives
        As the other tuners have it; only ``objective`` of them is optimised.
    seed
        Seed of every random choice, a non-negative integer. Left out: drawn, and logged.
    num_init_evals
        Number of space-filling suggestions before the first model.
    build_new_model_every
        Number of new results after which hyperparameters are fitted again.
    candidates
        The only configurations to try. Left out: all of the search space.
    oracle
        The true value of a configuration, for the specs ``BO-HEDGE-T`` and ``-LET`` in a replay.
    clock
        Seconds since the start. Left out: since this tuner was made.

    Raises
    ------
    ConfigError
        If an argument is not allowed.
    """

    def __init__(
        self,
        mode: str = "DIV",
        spec: str | None = None,
        arms: Sequence[Any] | None = None,
        response: str | None = None,
        optimize_mode: str = "maximize",
        objective: str = DEFAULT,
        objectives: Mapping[str, str] | None = None,
        seed: int | None = None,
        num_init_evals: int = 5,
        build_new_model_every: int = 5,
        candidates: Sequence[Params] | None = None,
        *,
        oracle: Callable[[Params], float] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(
            _declared(objectives, objective, optimize_mode), optimize_mode, seed, candidates
        )
        self._objective = objective
        self._plan = make_plan(mode, spec, arms, response)
        if oracle is None and self._plan.needs_truth:
            raise ConfigError(
                f"spec {spec!r} needs true outcomes, which only a replay (nni-hpo simulate) knows"
            )
        self._num_init_evals = whole_number("num_init_evals", num_init_evals, 2)
        self._build_new_model_every = whole_number(
            "build_new_model_every", build_new_model_every, 1
        )
        started = time.monotonic()
        self._oracle = oracle
        self._clock = clock or (lambda: time.monotonic() - started)

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        from nni_hpo_ext.bandit.engine import DiversifiedEngine

        names = [o.name for o in objectives]
        index = names.index(self._objective) if self._objective in names else 0
        return DiversifiedEngine(
            space,
            objectives[index],
            index,
            self._plan,
            seed=seed,
            num_init_evals=self._num_init_evals,
            build_new_model_every=self._build_new_model_every,
            oracle=self._oracle,
            clock=self._clock,
        )


def _declared(
    objectives: Mapping[str, str] | None, objective: object, optimize_mode: str
) -> Mapping[str, str] | None:
    """Return the objectives of the class arguments; None leaves them to the first report."""
    if not isinstance(objective, str) or not objective:
        raise ConfigError(f"objective {objective!r} is not allowed: give the name of one")
    if objectives is None:
        return None if objective == DEFAULT else {objective: optimize_mode}
    if isinstance(objectives, Mapping) and objective not in objectives and objective != DEFAULT:
        listed = ", ".join(map(repr, objectives))
        raise ConfigError(f"objective {objective!r} is not allowed: give one of {listed}")
    return objectives


class GPTuner(DiversifiedTuner):
    """Bayesian optimisation with one Gaussian process, its hyperparameters fitted once.

    Averaging over them (mode ``GP``) was slower and measured no better.

    Parameters
    ----------
    acquisition
        ``EI``, ``PI`` or ``UCB``.
    response
        What the model is fitted to: ``auto``, ``hybrid-log``, ``log`` or ``none``.
    others
        As of `DiversifiedTuner`.
    """

    def __init__(self, acquisition: str = "EI", response: str = "auto", **others: Any) -> None:
        super().__init__(mode="GP-NM", spec=acquisition, response=response, **_single(others))


class ForestTuner(DiversifiedTuner):
    """Bayesian optimisation with one random forest, in the manner of SMAC.

    Parameters
    ----------
    acquisition
        ``EI``, ``PI`` or ``UCB``.
    response
        What the model is fitted to: ``auto``, ``hybrid-log``, ``log`` or ``none``.
    others
        As of `DiversifiedTuner`.
    """

    def __init__(self, acquisition: str = "EI", response: str = "auto", **others: Any) -> None:
        super().__init__(mode="RF", spec=acquisition, response=response, **_single(others))


class ParzenTuner(DiversifiedTuner):
    """The tree-structured Parzen estimator, multivariate.

    Parameters
    ----------
    acquisition
        ``TPE``: the best of draws from the density of the good trials. ``EI``: the best ratio of
        the densities anywhere. ``PI`` or ``UCB``: of the mixture of good and bad trials.
    response
        What the trials are weighed by: ``auto``, ``hybrid-log``, ``log`` or ``none``.
    num_init_evals
        Number of space-filling suggestions before the first densities.
    others
        As of `DiversifiedTuner`.
    """

    def __init__(
        self,
        acquisition: str = "TPE",
        response: str = "auto",
        num_init_evals: int = 10,
        **others: Any,
    ) -> None:
        others = {**_single(others), "num_init_evals": num_init_evals}
        super().__init__(mode="TPE", spec=acquisition, response=response, **others)


def _single(arguments: dict[str, Any]) -> dict[str, Any]:
    """Refuse what makes no sense for one arm, as Python does for an unknown argument."""
    for name in ("mode", "spec", "arms"):
        if name in arguments:
            raise ConfigError(f"{name} is not allowed: this tuner has one arm; use Diversified")
    return arguments
