"""The tuner registered as ``Evolution``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._start import StartFrom
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["EvolutionTuner"]


class EvolutionTuner(AlgorithmTuner):
    """Evolutionary search for one or more objectives, without generations to wait for.

    With a single objective it is regularised evolution (Real et al., AAAI 2019), with several ones
    NSGA-II (Deb et al., 2002) with one child at a time. See ``docs/evolution.md``.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. By default taken from the
        first report with the key ``maximize``, else the single objective ``default``.
    optimize_mode
        Direction of that single objective.
    seed
        Seed of every random choice, a non-negative integer; drawn and logged by default.
    population
        Number of trials from which parents are chosen.
    tournament
        Number of random members of the population, of which the best becomes a parent; by default
        half the population with one objective, 2 with several.
    num_init_evals
        Number of space-filling suggestions before the first child.
    candidates
        The only configurations to try; by default the whole search space.
    start_from
        Configurations or an earlier experiment to start from; see `AlgorithmTuner`.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> tuner = EvolutionTuner(num_init_evals=1, optimize_mode="minimize", seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> params = tuner.generate_parameters(0)
    >>> tuner.receive_trial_result(0, params, 0.25)
    >>> sorted(tuner.generate_parameters(1))
    ['lr']
    """

    def __init__(
        self,
        objectives: Mapping[str, Any] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        population: int = 20,
        tournament: int | None = None,
        num_init_evals: int = 10,
        candidates: Sequence[Params] | None = None,
        start_from: StartFrom | None = None,
    ) -> None:
        super().__init__(objectives, optimize_mode, seed, candidates, start_from)
        self._population = whole_number("population", population, 2)
        if tournament is not None:
            whole_number("tournament", tournament, 1)
        self._tournament = tournament
        self._num_init_evals = whole_number("num_init_evals", num_init_evals, 1)

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from nni_hpo_ext.evolution import EvolutionSearch

        return EvolutionSearch(
            space,
            objectives,
            seed=seed,
            population=self._population,
            tournament=self._tournament or (2 if len(objectives) > 1 else self._population // 2),
            num_init_evals=self._num_init_evals,
        )
