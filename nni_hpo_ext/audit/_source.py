"""Load recordings from experiments and tables of learning curves."""

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
    """Load a recording.

    Parameters
    ----------
    source
        Id or directory of an experiment, or a table of curves: ``.npz``, ``.csv`` or ``.json``.
    direction
        ``maximize`` or ``minimize``; by default that of the experiment, ``maximize`` for a table.
    objective
        Name of the reported value to use; by default the first objective of the experiment.
    array
        Name of the array in an ``.npz`` file with several tables.
    workers
        Number of parallel trials, for a table.

    Raises
    ------
    DataError, ExperimentError
        If the source does not exist or contains nothing to replay.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nni_hpo_ext.audit import load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder, "curves.json")
    ...     _ = table.write_text("[[0.1, 0.5, 0.9], [0.1, 0.2]]")
    ...     load(str(table)).steps
    5
    """
    path = Path(source).expanduser()
    if path.is_file() or path.suffix in SUFFIXES:
        goal = Objective(objective or "value", direction or "maximize")
        return Recording.of_curves(path.name, read_curves(path, array), goal, workers)
    try:
        directory = find_experiment(source)
    except ExperimentError as error:
        suffixes = ", ".join(SUFFIXES)
        raise DataError(f"{error}; it is not a table of curves ({suffixes}) either") from error
    return read_experiment(directory, objective, direction)
