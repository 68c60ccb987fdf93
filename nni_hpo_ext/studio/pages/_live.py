"""What the page of a running study shows, as plain JSON values."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.experiment import Look, Observer, time_left
from nni_hpo_ext.files import finite
from nni_hpo_ext.render.text import count, duration, parameters, value
from nni_hpo_ext.studio.jobs import experiment_directory, job_state
from nni_hpo_ext.studio.models import MODELS
from nni_hpo_ext.study import End, Study, TrialRecord, counts, progress

__all__ = ["LiveView", "model_words"]

_FRESH_SECONDS = 1.0
_MOST_ROWS = 300
_ARMS = {"start_from": "default settings", "initial": "first draws"}


class LiveView:
    """Looks at a study; several visitors share one look.

    Parameters
    ----------
    folder
        Folder of the study.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._observer: Observer | None = None
        self._state: dict[str, Any] = {}
        self._looked = -math.inf

    def state(self) -> dict[str, Any]:
        """Return the state of the study, at most a second old."""
        with self._lock:
            if time.monotonic() - self._looked > _FRESH_SECONDS:
                self._state = self._look()
                self._looked = time.monotonic()
            return self._state

    def study(self) -> Study | None:
        """Return the study as far as it is known, None before it starts."""
        look = self._observe()
        return None if look is None else look.study

    def _observe(self) -> Look | None:
        directory = experiment_directory(self._folder)
        if directory is None:
            return None
        if self._observer is None:
            self._observer = Observer(str(directory))
        try:
            return self._observer.look()
        except HpoExtError:  # the database is being created
            return None

    def _look(self) -> dict[str, Any]:
        job = job_state(self._folder)
        state: dict[str, Any] = {"phase": job.phase, "message": job.message, "trials": []}
        look = self._observe()
        if look is None:
            return {
                **state,
                "words": "NNI is starting",
                "progress": [],
                "best": None,
                "front": None,
            }
        return finite({**state, **_of(look, job.running)})  # type: ignore[no-any-return]


def _of(look: Look, running: bool) -> dict[str, Any]:
    study = look.study
    goal = study.objectives[0]
    left = time_left(study.config, study.trials, look.elapsed) if running else None
    stopped = study.of(End.STOPPED)
    return {
        "words": counts(study.trials) if study.trials else "no trial yet",
        "elapsed": duration(look.elapsed),
        "left": None if left is None else duration(left),
        "stopped": count(len(stopped), "trial") if stopped else "",
        "best": None if study.best is None else _row(study.best, study),
        "progress": [[s.seconds, s.best] for s in progress(study, goal) if s.best == s.best],
        "front": _front(study),
        "trials": [_row(trial, study) for trial in study.trials[-_MOST_ROWS:]],
        "running": [_row(trial, study) for trial in study.of(End.RUNNING)],
    }


def _front(study: Study) -> dict[str, Any] | None:
    """Return the successful trials by two objectives, None if there is only one objective.

    Each point is a value of the second and of the first objective, the number of its trial, and
    whether it is on the Pareto front. ``stairs`` tells whether a line of steps from left to right
    separates what has been reached.
    """
    if len(study.objectives) < 2:
        return None
    y, x = study.objectives[:2]
    best = {trial.number for trial in study.front}
    points = [
        [trial.values[x.name], trial.values[y.name], trial.number, trial.number in best]
        for trial in study.of(End.SUCCEEDED)
        if x.name in trial.values and y.name in trial.values
    ]
    steps = (y.direction, x.direction) == ("maximize", "minimize")
    return {
        "label": x.title,
        "points": sorted(points),
        "stairs": steps and len(study.objectives) == 2,
    }


def _row(trial: TrialRecord, study: Study) -> dict[str, Any]:
    goal = study.objectives[0].name
    result = trial.values.get(goal)
    model, settings = model_words(trial.params or {})
    seconds = trial.seconds
    if seconds is None and trial.started is not None and not trial.end.over:
        seconds = time.time() - trial.started
    return {
        "number": trial.number,
        "job": trial.job_id,
        "end": trial.end.value,
        "reason": trial.reason,
        "model": model,
        "settings": settings,
        "value": result,
        "shown": _in_percent(result),
        "seconds": None if seconds is None else duration(seconds),
        "curve": [[step + 1, v] for step, v in trial.curve],
        "arm": _ARMS.get(trial.proposal.arm, trial.proposal.arm) if trial.proposal else "",
        "why": trial.proposal.reason if trial.proposal else "",
    }


def _in_percent(result: float | None) -> str:
    if result is None or not math.isfinite(result):
        return value(result)
    return f"{100 * result:.1f} %"


def model_words(params: Mapping[str, Any]) -> tuple[str, str]:
    """Return the model of a configuration in words, and its settings on one line."""
    given = params.get("model")
    if not isinstance(given, Mapping):
        return "", parameters(params)
    name = str(given.get("_name"))
    rest = {key: v for key, v in given.items() if key != "_name"}
    title = MODELS[name].title if name in MODELS else name
    return title, parameters(rest)
