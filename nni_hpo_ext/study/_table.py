"""All trials of a study as flat rows, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nni_hpo_ext.study._records import Report, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.types import Objective

__all__ = ["best_intermediate", "curve_rows", "to_csv", "trial_rows"]

# What a spreadsheet takes for the start of a formula, in a text that came from a trial.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def trial_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Return one row per trial, by number.

    Parameters are under ``param.NAME``, those of a nested choice under ``param.NAME.INNER``, and
    what the final result holds under ``metric.NAME``. A trial lacks the keys that it has no value
    for. Times are ISO 8601 in UTC; in a simulation seconds since its start.
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
            **_flat("param", trial.params or {}),
            **{f"metric.{name}": value for name, value in trial.values.items()},
            **{f"metric.{name}": _unquoted(text) for name, text in trial.unusable.items()},
        }


def curve_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Return one row per intermediate result and number in it.

    ``seconds`` is the time since the trial's start. A result without any number keeps its row,
    under the first objective and without a value.
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
    """Return the best value of an objective among a trial's intermediate results."""
    values = [report.values.get(goal.name, report.value) for report in trial.reports]
    known = [value for value in values if math.isfinite(value)]
    return min(known, key=lambda value: goal.sign * value, default=None)


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV.

    The columns are all keys in the order of their first appearance, parameters and metrics last.
    Numbers are written in full, lists and the like as JSON, what is missing as nothing, a text on
    one line; one that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    columns = sorted(dict.fromkeys(key for row in rows for key in row), key=_group)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _flat(name: str, value: Any) -> dict[str, Any]:
    """Return a parameter under its name, and what is nested in it under longer ones."""
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
    """Return a time as exactly as NNI measures it."""
    return None if seconds is None else round(seconds, 3)


def _unquoted(text: str) -> str:
    """Return what was reported as a text without the quotes that it is kept with."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _group(column: str) -> int:
    """Return where a column stands: the trial, its parameters, its metrics."""
    return column.startswith("param.") + 2 * column.startswith("metric.")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str):
        value = " ".join(value.splitlines())
        value = value.encode(errors="replace").decode()  # half a character cannot be written
        return f"'{value}" if value.startswith(_FORMULA) else value
    return json.dumps(value)
