"""Read a study of `nni-hpo serve`, from its directory or from the service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_hpo_ext.client import StudyClient
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.journal import TRIALS_FILE, read_events
from nni_hpo_ext.metrics import (
    FinalReading,
    objectives_from_config,
    read_final,
    read_intermediate,
)
from nni_hpo_ext.study._journal import JournalView, journal_view, read_journal
from nni_hpo_ext.study._records import End, Report, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.study._trial_log import ServedReport, ServedTrial, TrialLog
from nni_hpo_ext.types import Objective, TrialStatus

__all__ = [
    "DEFINITION_FILE",
    "is_served",
    "objectives_of",
    "read_definition",
    "read_served",
    "read_service",
    "served_record",
    "served_study",
]

DEFINITION_FILE = "study.json"
_URL = re.compile(r"(https?://.+?)/v1/studies/([^/?#]+)/?$")
_ENDS = {
    TrialStatus.COMPLETED: End.SUCCEEDED,
    TrialStatus.STOPPED: End.STOPPED,
    TrialStatus.FAILED: End.FAILED,
}


def is_served(source: str) -> bool:
    """Return whether a source names a study of `nni-hpo serve`.

    Examples
    --------
    >>> from nni_hpo_ext.study import is_served
    >>> is_served("http://127.0.0.1:8090/v1/studies/digits"), is_served("latest")
    (True, False)
    """
    return bool(_URL.match(source)) or (Path(source).expanduser() / DEFINITION_FILE).is_file()


def read_served(source: str) -> Study:
    """Read a study from its directory or, by its URL, from the service.

    The token is read from the environment variable ``NNI_HPO_TOKEN``.

    Raises
    ------
    ExperimentError
        If it does not exist or cannot be read.

    Examples
    --------
    >>> from nni_hpo_ext.study import read_served
    >>> study = read_served("http://127.0.0.1:8090/v1/studies/digits")  # doctest: +SKIP
    >>> study.best.values  # doctest: +SKIP
    {'default': 0.98}
    """
    match = _URL.match(source)
    if match:
        return read_service(StudyClient(match[1], match[2]), source)
    directory = Path(source).expanduser()
    log = TrialLog(read_events(directory / "checkpoint" / TRIALS_FILE))
    definition = read_definition(directory)
    return served_study(
        definition, log, read_journal(directory), place=str(directory), directory=directory
    )


def read_service(client: StudyClient, place: str) -> Study:
    """Read a study from the service."""
    found = client.log()
    journal = journal_view(found["tuner"], found["assessor"], ())
    return served_study(found["study"], TrialLog(found["trials"]), journal, place=place)


def read_definition(directory: Path) -> dict[str, Any]:
    """Read the definition of a study.

    Raises
    ------
    ExperimentError
        If it cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import read_definition
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "study.json").write_text('{"search_space": {}, "seed": 1}')
    ...     read_definition(Path(folder))["seed"]
    1
    """
    path = directory / DEFINITION_FILE
    try:
        definition = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExperimentError(f"{path}: {error}") from error
    if not isinstance(definition, dict) or "search_space" not in definition:
        raise ExperimentError(f"{path} is not the definition of a study")
    return definition


def objectives_of(definition: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Return the objectives of a study.

    Examples
    --------
    >>> from nni_hpo_ext.study import objectives_of
    >>> objectives_of({"objectives": {"accuracy": "maximize"}})
    (Objective(name='accuracy', direction='maximize'),)
    """
    return objectives_from_config(definition["objectives"], "maximize") or ()


def served_study(
    definition: Mapping[str, Any],
    log: TrialLog,
    journal: JournalView,
    *,
    place: str,
    directory: Path | None = None,
) -> Study:
    """Return the study with these trials.

    Parameters
    ----------
    definition
        The content of ``study.json``.
    log
        Its trials.
    journal
        Journals of its tuner and assessor.
    place, directory
        See `Study`.

    Examples
    --------
    >>> from nni_hpo_ext.study import JournalView, TrialLog, served_study
    >>> definition = {
    ...     "name": "demo",
    ...     "created": 0.0,
    ...     "search_space": {"lr": {"_type": "uniform", "_value": [0, 1]}},
    ...     "tuner": {"name": "RandomSearch", "classArgs": {}},
    ...     "objectives": {"default": "maximize"},
    ...     "seed": 1,
    ... }
    >>> log = TrialLog([{"event": "ask", "number": 0, "attempt": 0, "params": {"lr": 0.1}}])
    >>> study = served_study(definition, log, JournalView(), place="studies/demo")
    >>> study.trials[0].end.value
    'running'
    """
    objectives = objectives_of(definition)
    find = journal.proposals()
    trials = tuple(served_record(t, objectives, journal.stops) for t in list(log.trials))
    most = definition.get("max_trials")
    is_over = most is not None and len(trials) >= most and all(t.end.over for t in trials)
    return Study(
        id=definition["name"],
        name=definition["name"],
        place=place,
        directory=directory,
        config=_config(definition),
        space=definition["search_space"],
        objectives=objectives,
        trials=tuple(replace(t, proposal=find(t.parameter_id, t.params or {})) for t in trials),
        journal=journal,
        began=float(definition["created"]),
        ended=max(t.ended or 0.0 for t in trials) if is_over else None,
    )


def _config(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the study's setup as an NNI config."""
    tuner = dict(definition["tuner"])
    own = {name: definition[name] for name in ("objectives", "seed")}
    tuner["classArgs"] = {**tuner["classArgs"], **own}
    return {
        "experimentName": definition["name"],
        "searchSpace": definition["search_space"],
        "maxTrialNumber": definition.get("max_trials"),
        "tuner": tuner,
        **({"assessor": definition["assessor"]} if definition.get("assessor") else {}),
        "service": dict(definition),
    }


def served_record(
    trial: ServedTrial, objectives: Sequence[Objective], stops: Mapping[str, str] | None = None
) -> TrialRecord:
    """Return a trial of a study as the commands read it.

    Parameters
    ----------
    trial
        The trial.
    objectives
        The objectives of the study.
    stops
        Reasons of the assessor, by job id.

    Examples
    --------
    >>> from nni_hpo_ext.study import ServedTrial, served_record
    >>> trial = ServedTrial(0, {"lr": 0.1}, started=0.0, result={"values": 0.9})
    >>> served_record(trial, [Objective("default", "maximize")]).values
    {'default': 0.9}
    """
    result = trial.result or {}
    final = read_final(result["values"], objectives, True) if "values" in result else None
    end, reason = _end(trial, final)
    if end is End.STOPPED:
        reason = (stops or {}).get(trial.label) or reason
    names = [o.name for o in objectives]
    return TrialRecord(
        number=trial.number,
        job_id=trial.label,
        end=end,
        reason=reason,
        params=trial.params,
        values=final.numbers if final else {},
        unusable=final.unusable if final else {},
        reports=tuple(_report(i, r, names) for i, r in enumerate(trial.reports)),
        started=trial.started,
        ended=trial.ended,
        parameter_id=str(trial.number),
    )


def _end(trial: ServedTrial, final: FinalReading | None) -> tuple[End, str]:
    if final is not None:
        return _ENDS[final.status], final.problem
    if trial.result is None:
        return (End.WAITING if trial.returned else End.RUNNING), ""
    if "error" in trial.result:
        return End.FAILED, str(trial.result["error"])
    return End.STOPPED, "by the assessor"


def _report(step: int, report: ServedReport, names: list[str]) -> Report:
    found = read_intermediate(report.value, names)
    return Report(step, report.time, found.value, found.numbers)
