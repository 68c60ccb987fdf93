"""Convert the trials of a study to flat rows, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nni_hpo_ext.study._records import Report, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.types import Objective

__all__ = [
    "best_intermediate",
    "columns_of",
    "curve_rows",
    "flat_parameters",
    "to_csv",
    "trial_rows",
]

# A spreadsheet runs text that starts with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def trial_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Return one row per trial, by number.

    Parameters are under ``param.NAME``, those of a nested choice under ``param.NAME.INNER``, and
    the entries of the final result under ``metric.NAME``. A row has no key for a missing value.
    Times are ISO 8601 in UTC; in a simulation, seconds since its start.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run, trial_rows
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> [round(row["metric.default"], 1) for row in trial_rows(study)]
    [15.3, 49.6, 63.9, 129.0, 9.5]
    """
    for trial in study.trials:
        yield {
            "experiment": study.id,
            "trial": trial.number,
            "job_id": trial.job_id,
            "status": trial.end.value,
            "reason": trial.reason,
            "started": _time(study, trial.started),
            "ended": _time(study, trial.ended),
            "seconds": _rounded(trial.seconds),
            "arm": trial.proposal.arm if trial.proposal else None,
            "epochs": len(trial.reports),
            "best_intermediate": best_intermediate(trial, study.objectives[0]),
            **{f"param.{name}": v for name, v in flat_parameters(trial.params or {}).items()},
            **{f"metric.{name}": value for name, value in trial.values.items()},
            **{f"metric.{name}": _unquoted(text) for name, text in trial.unusable.items()},
        }


def curve_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Return one row per intermediate result and number in it.

    ``seconds`` is the time since the trial's start. A result without a number has one row, for the
    first objective and without a value.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import curve_rows, study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=1)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> rows = list(curve_rows(study))
    >>> len(rows), rows[0]["step"], round(rows[0]["value"], 1)
    (20, 1, 42.6)
    """
    for trial in study.trials:
        for report in trial.reports:
            values: Mapping[str, float | None] = report.values
            for name, value in (values or {study.objectives[0].name: None}).items():
                yield {
                    "experiment": study.id,
                    "trial": trial.number,
                    "step": report.step,
                    "seconds": _since(trial, report),
                    "metric": name,
                    "value": value,
                }


def best_intermediate(trial: TrialRecord, goal: Objective) -> float | None:
    """Return a trial's best intermediate value of an objective, None if there is none.

    Examples
    --------
    >>> from nni_hpo_ext.study import End, best_intermediate
    >>> reports = tuple(Report(i, i, v, {"default": v}) for i, v in enumerate([0.6, 0.8, 0.7]))
    >>> trial = TrialRecord(0, "job0", End.SUCCEEDED, reports=reports)
    >>> best_intermediate(trial, Objective("default", "maximize"))
    0.8
    """
    values = [report.values.get(goal.name, report.value) for report in trial.reports]
    known = [value for value in values if math.isfinite(value)]
    return min(known, key=lambda value: goal.sign * value, default=None)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return all keys of rows in the order of their first appearance, parameters and metrics last.

    Examples
    --------
    >>> columns_of([{"metric.default": 0.9, "param.lr": 0.1, "trial": 0}])
    ['trial', 'param.lr', 'metric.default']
    """
    return sorted(dict.fromkeys(key for row in rows for key in row), key=_group)


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV.

    The columns are all keys in the order of their first appearance, parameters and metrics last.
    Numbers have full precision, lists and mappings are JSON, missing values are empty cells, and
    text is on one line. Text that a spreadsheet would run as a formula starts with an apostrophe.

    Examples
    --------
    >>> from nni_hpo_ext.study import to_csv
    >>> print(to_csv([{"trial": 0, "param.lr": 0.1}, {"trial": 1, "metric.default": 0.9}]), end="")
    trial,param.lr,metric.default
    0,0.1,
    1,,0.9
    """
    columns = columns_of(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def flat_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with nested parameters by dotted names.

    Examples
    --------
    >>> from nni_hpo_ext.study import flat_parameters
    >>> flat_parameters({"optimizer": {"_name": "sgd", "momentum": 0.9}})
    {'optimizer': 'sgd', 'optimizer.momentum': 0.9}
    """
    return {k: v for name, value in params.items() for k, v in _flat(name, value).items()}


def _flat(name: str, value: Any) -> dict[str, Any]:
    """Return a parameter by its name, and nested parameters by dotted names."""
    if not isinstance(value, Mapping):
        return {name: value}
    flat = {name: value["_name"]} if "_name" in value else {}
    for inner, content in value.items():
        if inner != "_name":
            flat |= _flat(f"{name}.{inner}", content)
    return flat


def _time(study: Study, time: float | None) -> str | float | None:
    if time is None or study.simulated:
        return time
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")


def _since(trial: TrialRecord, report: Report) -> float | None:
    return None if trial.started is None else _rounded(report.time - trial.started)


def _rounded(seconds: float | None) -> float | None:
    """Round a time to milliseconds, NNI's resolution."""
    return None if seconds is None else round(seconds, 3)


def _unquoted(text: str) -> str:
    """Return reported text without the quotes that it is stored with."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _group(column: str) -> int:
    """Return the sort key of a column: trial, then parameters, then metrics."""
    return column.startswith("param.") + 2 * column.startswith("metric.")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str):
        value = " ".join(value.splitlines())
        value = value.encode(errors="replace").decode()  # a lone surrogate cannot be encoded
        return f"'{value}" if value.startswith(_FORMULA) else value
    return json.dumps(value)
