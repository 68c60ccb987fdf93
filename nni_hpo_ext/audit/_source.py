"""Where recordings come from: an experiment's id or directory, or a table of curves."""

from __future__ import annotations

from pathlib import Path

from nni_hpo_ext.audit._experiment import read_experiment
from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.audit._table import SUFFIXES, read_curves
from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.study import find_experiment
from nni_hpo_ext.types import Direction, Objective

__all__ = ["load"]


def load(
    source: str,
    *,
    direction: Direction | None = None,
    objective: str | None = None,
    array: str | None = None,
    workers: int = 4,
) -> Recording:
    """Read what has run.

    Parameters
    ----------
    source
        An experiment's id, its directory, or a table of curves: ``.npz``, ``.csv`` or ``.json``.
    direction
        Which values are good; by default as the experiment's config says, and ``maximize`` for a
        table.
    objective
        Which of the reported values to compare; by default the experiment's first objective.
    array
        Name of the array in an ``.npz`` file, where it holds several tables.
    workers
        Number of trials that ran at a time, for a table.

    Raises
    ------
    DataError, ExperimentError
        If there is no such thing, or nothing in it that could be replayed.
    """
    path = Path(source).expanduser()
    if path.is_file() or path.suffix in SUFFIXES:
        goal = Objective(objective or "value", direction or "maximize")
        return Recording.of_curves(path.name, read_curves(path, array), goal, workers)
    try:
        directory = find_experiment(source)
    except ExperimentError as error:
        raise DataError(f"{error}; nor is it a table of curves ({', '.join(SUFFIXES)})") from error
    return read_experiment(directory, objective, direction)
