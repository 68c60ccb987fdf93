"""The tuner registered as ``Dragonfly``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.arguments import one_of, whole_number
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._start import StartFrom
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["DragonflyTuner"]

ACQUISITIONS = ("auto", "ehvi", "moors")
INIT_EVALS = 5
SCALARISATIONS = ("tchebychev", "linear")


class DragonflyTuner(AlgorithmTuner):
    """Bayesian optimisation of one or more objectives with dragonfly-opt.

    With two or more objectives it searches for the Pareto front with expected hypervolume
    improvement or random scalarisations (MOORS; Paria, Kandasamy and Poczos, UAI 2019). With a
    single objective it uses expected improvement or the rules of Dragonfly's Gaussian process
    bandit (Kandasamy et al., JMLR 21, 2020).

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. By default taken from the
        first report with the key ``maximize``, else the single objective ``default``.
    optimize_mode
        Direction of that single objective.
    seed
        Seed of every random choice, a non-negative integer; drawn and logged by default.
    num_init_evals
        Number of space-filling suggestions before the first model; by default 5, and with several
        objectives at least the number of parameters.
    build_new_model_every
        Number of new results after which the hyperparameters of the models are refitted.
    acquisition
        ``ehvi``: expected hypervolume improvement. ``moors``: the published random scalarisations.
        ``auto``: ``ehvi``, with ``moors`` for every third suggestion after the first 20, for every
        second one with more than three objectives; with a single objective only ``ehvi``.
    scalarisation
        Scalarisation of MOORS: ``tchebychev`` or ``linear``.
    candidates
        The only configurations to try; by default the whole search space.
    start_from
        Configurations or an earlier experiment to start from; see `AlgorithmTuner`.

    Raises
    ------
    ConfigError
        If an argument is invalid.
    MissingDependencyError
        If dragonfly-opt is not installed; the message holds the command that installs it.

    Examples
    --------
    >>> tuner = DragonflyTuner({"accuracy": "maximize", "latency": "minimize"}, seed=0)
    >>> tuner.update_search_space({"units": {"_type": "randint", "_value": [8, 64]}})
    >>> params = tuner.generate_parameters(0)
    >>> sorted(params)
    ['units']
    >>> tuner.receive_trial_result(0, params, {"accuracy": 0.9, "latency": 12.5})
    """

    def __init__(
        self,
        objectives: Mapping[str, Any] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        num_init_evals: int | None = None,
        build_new_model_every: int = 5,
        acquisition: str = "auto",
        scalarisation: str = "tchebychev",
        candidates: Sequence[Params] | None = None,
        start_from: StartFrom | None = None,
    ) -> None:
        super().__init__(objectives, optimize_mode, seed, candidates, start_from)
        if num_init_evals is not None:
            whole_number("num_init_evals", num_init_evals, 2)
        self._num_init_evals = num_init_evals
        self._build_new_model_every = whole_number(
            "build_new_model_every", build_new_model_every, 1
        )
        self._acquisition = one_of("acquisition", acquisition, ACQUISITIONS)
        self._scalarisation = one_of("scalarisation", scalarisation, SCALARISATIONS)
        from nni_hpo_ext.dragonfly.install import require

        require()

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from nni_hpo_ext.dragonfly.engine import DragonflyEngine

        return DragonflyEngine(
            space,
            objectives,
            seed=seed,
            num_init_evals=self._num_init_evals or _default_init_evals(space, len(objectives)),
            build_new_model_every=self._build_new_model_every,
            acquisition=self._acquisition,
            scalarisation=self._scalarisation,
        )


def _default_init_evals(space: SearchSpace, n_objectives: int) -> int:
    # A trial off the front of several objectives costs less than a model that misses part of it.
    return max(INIT_EVALS, len(space)) if n_objectives > 1 else INIT_EVALS
