"""The trials of a study as a pandas table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.study import Study, columns_of, curve_rows, trial_rows

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["data_frame"]

_CURVES = ("experiment", "trial", "step", "seconds", "metric", "value")
_TIMES = ("started", "ended")


def data_frame(study: Study, *, curves: bool) -> DataFrame:
    """Return a row for each trial, or for each number of each intermediate result.

    Raises
    ------
    MissingDependencyError
        If pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingDependencyError("to_dataframe requires pandas: pip install pandas") from error
    if curves:
        return pandas.DataFrame(list(curve_rows(study)), columns=list(_CURVES))
    rows = list(trial_rows(study))
    frame = pandas.DataFrame(rows, columns=columns_of(rows))
    for name in () if study.simulated or not rows else _TIMES:
        frame[name] = pandas.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame
