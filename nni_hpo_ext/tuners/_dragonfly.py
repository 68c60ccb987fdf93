"""The tuner registered as ``Dragonfly``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nni_hpo_ext.arguments import one_of, whole_number
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.types import Algorithm, Objective

__all__ = ["DragonflyTuner"]

ACQUISITIONS = ("auto", "ehvi", "moors")
MAX_EHVI_OBJECTIVES = 4
SCALARISATIONS = ("tchebychev", "linear")


class DragonflyTuner(AlgorithmTuner):
    """Bayesian optimisation of one or more objectives with dragonfly-opt.

    With two and more objectives it searches for the Pareto front by random scalarisations (MOORS;
    Paria, Kandasamy and Poczos, UAI 2019), with one by Dragonfly's Gaussian process bandit
    (Kandasamy et al., JMLR 21, 2020).

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. Left out: taken from the
        first report that carries ``maximize``, else the one objective ``default``.
    optimize_mode
        Direction of that one objective.
    seed
        Seed of every random choice, a non-negative integer. Left out: drawn, and logged.
    num_init_evals
        Number of space-filling suggestions before the first model.
    build_new_model_every
        Number of new results after which hyperparameters are fitted again.
    acquisition
        ``moors``: the published random scalarisations. ``auto``: the tuner's choice.

    Raises
    ------
    ConfigError
        If an argument is not allowed.
    MissingDependencyError
        If dragonfly-opt is not installed; the message holds the command that installs it.
    """

    def __init__(
        self,
        objectives: Mapping[str, str] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        num_init_evals: int = 5,
        build_new_model_every: int = 5,
        acquisition: str = "auto",
        scalarisation: str = "tchebychev",
    ) -> None:
        super().__init__(objectives, optimize_mode, seed)
        self._num_init_evals = whole_number("num_init_evals", num_init_evals, 2)
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
        from nni_hpo_ext.dragonfly._engine import DragonflyEngine

        return DragonflyEngine(
            space,
            objectives,
            seed=seed,
            num_init_evals=self._num_init_evals,
            build_new_model_every=self._build_new_model_every,
            acquisition=self._acquisition_for(len(objectives)),
            scalarisation=self._scalarisation,
        )

    def _acquisition_for(self, n_objectives: int) -> str:
        if self._acquisition != "auto":
            return self._acquisition
        # The boxes of the region left to improve grow with a power of the number of objectives.
        return "ehvi" if n_objectives <= MAX_EHVI_OBJECTIVES else "moors"
