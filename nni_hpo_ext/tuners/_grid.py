"""The tuner registered as ``Grid``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.grid import DEFAULT_RESOLUTION, GridSearch, GridSpace
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._start import StartFrom
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["GridTuner"]

_logger = logging.getLogger(__name__)


class GridTuner(AlgorithmTuner):
    """Grid search in an order that covers the search space evenly at any moment.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. By default taken from the
        first report with the key ``maximize``, else the single objective ``default``.
    optimize_mode
        Direction of that single objective.
    seed
        Determines the order of the points, a non-negative integer; drawn and logged by default.
    resolution
        Number of levels of each range; or numbers by name, such as ``{"optimizer.sgd.lr": 5}``,
        and 10 for the others. A choice has all its options as levels.
    candidates
        The only configurations to try, in place of a grid.
    start_from
        Configurations or an earlier experiment to start from; see `AlgorithmTuner`.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> tuner = GridTuner(resolution=3, seed=0)
    >>> tuner.update_search_space({"dropout": {"_type": "uniform", "_value": [0, 0.5]}})
    >>> sorted(tuner.generate_parameters(i)["dropout"] for i in range(3))
    [0.0, 0.25, 0.5]
    """

    def __init__(
        self,
        objectives: Mapping[str, Any] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        resolution: int | Mapping[str, int] = DEFAULT_RESOLUTION,
        candidates: Sequence[Params] | None = None,
        start_from: StartFrom | None = None,
    ) -> None:
        super().__init__(objectives, optimize_mode, seed, candidates, start_from)
        self._resolution = _checked_resolution(resolution)

    def _make_space(self, search_space: Any) -> SearchSpace:
        if self._candidates is not None:
            return super()._make_space(search_space)
        space = GridSpace(search_space, self._resolution)
        levels = ", ".join(f"{name} {n}" for name, n in space.levels.items())
        _logger.info("the grid has %s points; levels: %s", f"{space.cardinality:,.0f}", levels)
        return space

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        return GridSearch(space, seed)


def _checked_resolution(resolution: Any) -> int | Mapping[str, int]:
    if not isinstance(resolution, Mapping):
        return whole_number("resolution", resolution, 1)
    if not all(isinstance(name, str) for name in resolution):
        raise ConfigError(f"resolution must be an integer or name parameters, got {resolution!r}")
    return {name: whole_number(f"resolution.{name}", n, 1) for name, n in resolution.items()}
