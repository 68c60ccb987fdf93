"""The tuner registered as ``Diversified``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nni_hpo_ext.arguments import one_of, text, whole_number
from nni_hpo_ext.bandit import make_plan
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._start import StartFrom
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["FEW_FIRST", "DiversifiedTuner"]

# Space-filling points before a Gaussian process with response ``auto``, alone or as first arm.
FEW_FIRST = 3


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
        Replaces the default arms of ``DIV``: ``[{model: GP, acquisition: EI, response:
        hybrid-log}, ...]``.
    response
        Transformation of the objective for the models: ``hybrid-log``, ``log``, ``none`` or
        ``auto``; by default that of the mode or the arms.
    optimize_mode
        Direction of the objective.
    objective
        Name of the objective in trials that report several.
    objectives
        As in `AlgorithmTuner`; only ``objective`` is optimised.
    seed
        Seed of every random choice, a non-negative integer; drawn and logged by default.
    num_init_evals
        Number of space-filling suggestions before the first model; by default 3 for the spec
        ``auto`` and 5 for the others.
    build_new_model_every
        Number of new results after which the hyperparameters of the models are refitted.
    candidates
        The only configurations to try; by default the whole search space.
    start_from
        Configurations or an earlier experiment to start from; see `AlgorithmTuner`.
    oracle
        The true value of a configuration, for the specs ``BO-HEDGE-T`` and ``-LET`` in a replay.
    clock
        Seconds since the start; by default since the construction of the tuner.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> tuner = DiversifiedTuner(mode="DIV", optimize_mode="minimize", seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> params = tuner.generate_parameters(0)
    >>> sorted(params)
    ['lr']
    >>> tuner.receive_trial_result(0, params, 0.25)
    """

    def __init__(
        self,
        mode: str = "DIV",
        spec: str | None = None,
        arms: Sequence[Any] | None = None,
        response: str | None = None,
        optimize_mode: str = "maximize",
        objective: str = DEFAULT,
        objectives: Mapping[str, Any] | None = None,
        seed: int | None = None,
        num_init_evals: int | None = None,
        build_new_model_every: int = 5,
        candidates: Sequence[Params] | None = None,
        start_from: StartFrom | None = None,
        *,
        oracle: Callable[[Params], float] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(
            _declared(objectives, objective, optimize_mode),
            optimize_mode,
            seed,
            candidates,
            start_from,
        )
        self._objective = objective
        self._plan = make_plan(mode, spec, arms, response)
        if oracle is None and self._plan.needs_truth:
            raise ConfigError(
                f"spec {spec!r} needs the true outcomes, which only nni-hpo simulate provides"
            )
        if num_init_evals is None:
            num_init_evals = FEW_FIRST if self._plan.spec == "auto" else 5
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
    objectives: Mapping[str, Any] | None, objective: object, optimize_mode: str
) -> Mapping[str, Any] | None:
    """Return the objectives of the class arguments, None to take them from the first report."""
    name = text("objective", objective)
    if objectives is None:
        return None if name == DEFAULT else {name: optimize_mode}
    if isinstance(objectives, Mapping) and name != DEFAULT:
        one_of("objective", name, tuple(objectives))
    return objectives
