"""Score the best trial of an experiment on the test part, once."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.files import json_text
from nni_hpo_ext.remote import fetch_files, machines_of
from nni_hpo_ext.study import HeldOutScore, Study, TrialRecord, keep_score
from nni_hpo_ext.trial_process import search_path
from nni_hpo_ext.types import SCORE_REQUEST

__all__ = ["score_best"]

# Models that trials keep.
_MODEL = "model.*"


def score_best(study: Study) -> HeldOutScore:
    """Return the score of the best trial on the test part of its data.

    The trial command runs once more, with the parameters of the best trial and a request to score
    the kept model instead of training one; see `nni_hpo_ext.trial.score_request`. The score is kept
    in the experiment's directory and never computed again: choosing among several test scores
    would be a selection on the test part.

    Parameters
    ----------
    study
        An experiment that has ended, on this machine. The best model is fetched from the worker
        machine on which it was trained.

    Raises
    ------
    ExperimentError
        If trials are still running, no trial has a result or kept its model, the files or the data
        are not on this machine, or the trial script does not answer.

    Examples
    --------
    >>> from nni_hpo_ext.study import load_study
    >>> score_best(load_study("latest")).value  # doctest: +SKIP
    0.87
    """
    if study.score is not None:
        return study.score
    trial, directory = _best(study), study.directory
    if directory is None or not study.trial_setting("trialCommand"):
        raise ExperimentError(
            f"{study.id}: the files of the experiment are not on this machine; run `nni-hpo test` "
            "where it ran"
        )
    answer = _ask(study, trial, _kept_model(study, directory, trial))
    trained, found = trial.unusable.get("dataset"), repr(answer["dataset"])
    if trained not in (None, found):
        raise ExperimentError(
            f"{study.id}: trial {trial.number} was trained on {trained}, but its script now reads "
            f"{found}; set NNI_HPO_DATA as in the experiment"
        )
    score = HeldOutScore(
        trial=trial.number,
        job_id=trial.job_id,
        validation=trial.values[study.objectives[0].name],
        **answer,
    )
    keep_score(directory, score)
    return score


def _best(study: Study) -> TrialRecord:
    running = [trial for trial in study.trials if not trial.end.over]
    if running:
        raise ExperimentError(
            f"{study.id}: {len(running)} trial(s) have not ended; the test part is for the best "
            "trial of the whole experiment, so wait for its end"
        )
    if study.best is None:
        raise ExperimentError(f"{study.id}: no trial has a usable result to choose the best by")
    return study.best


def _kept_model(study: Study, directory: Path, trial: TrialRecord) -> Path:
    """Return the output directory of a trial, which has a kept model; fetch one from a worker."""
    for folder in sorted((directory / "environments").glob(f"*/trials/{trial.job_id}")):
        if any(folder.glob(_MODEL)):
            return folder
    machines = machines_of(study.config)
    files = fetch_files(machines, study.id, trial.job_id, _MODEL) if machines else {}
    if files:
        folder = directory / "environments" / "fetched" / "trials" / trial.job_id
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder
    raise ExperimentError(
        f"{study.id}: trial {trial.number} ({trial.job_id}) kept no model; let trials keep their "
        "best one (SaveBest, BestCheckpoint, or the option --checkpoint yes of the examples)"
    )


def _ask(study: Study, trial: TrialRecord, folder: Path) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nni-hpo-test-") as scratch:
        request, result = Path(scratch, "request.json"), Path(scratch, "answer.json")
        form = {
            "parameters": dict(trial.params or {}),
            "directory": str(folder),
            "result": str(result),
        }
        request.write_text(json_text(form), encoding="utf-8")
        done = subprocess.run(
            ["/bin/bash", "-c", study.trial_setting("trialCommand")],
            cwd=study.trial_setting("trialCodeDirectory") or ".",
            env={**os.environ, "PATH": search_path(), SCORE_REQUEST: str(request)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not result.is_file():
            raise ExperimentError(_failure(study.id, trial, done))
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return answer


def _failure(name: str, trial: TrialRecord, done: subprocess.CompletedProcess[str]) -> str:
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    if done.returncode:
        ending = f"failed with exit code {done.returncode}: {said[-1] if said else 'no output'}"
    else:
        ending = "did not answer; use train() of nni_hpo_ext.trial, or score_request()"
    return f"{name}: the trial script, asked to score the model of trial {trial.number}, {ending}"
