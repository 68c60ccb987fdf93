"""The study behind a search: what was suggested to Ray, and what came back."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ray.tune.result import TRAINING_ITERATION

from nni_hpo_ext.asktell import HostedStudy, Refusal, create_study, require_same
from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.study import DEFINITION_FILE, ServedTrial

__all__ = ["TuneStudy", "opened"]

_logger = logging.getLogger(__name__)

# Ray copies and pickles its searchers, but a study may be open only once in a process.
_open: dict[Path, HostedStudy] = {}


def opened(directory: Path, definition: Mapping[str, Any]) -> TuneStudy:
    """Return the study in a directory; the first call in a process creates or reads it.

    Raises
    ------
    ConfigError
        If the definition cannot be used, or the study has another one.
    """
    try:
        if directory not in _open:
            if not (directory / DEFINITION_FILE).is_file():
                directory.parent.mkdir(parents=True, exist_ok=True)
                create_study(directory, definition)
            _open[directory] = HostedStudy(directory)
        require_same(_open[directory].definition, definition)
    except (Refusal, OSError) as error:
        raise ConfigError(f"study {directory}: {error}") from error
    return TuneStudy(_open[directory])


class TuneStudy:
    """A study whose trials are known by Ray's ids.

    Parameters
    ----------
    study
        The study. Its log keeps the ids.
    """

    def __init__(self, study: HostedStudy) -> None:
        self._study = study
        self._names: list[str] = list(study.definition["objectives"])

    def suggest(self, trial_id: str, known: Sequence[str], again: bool) -> ServedTrial:
        """Return a configuration: one that Ray does not know, else a new one.

        Parameters
        ----------
        trial_id
            Ray's id for the trial.
        known
            The ids that Ray knows.
        again
            Whether a configuration is suggested again although its result is known, because Ray
            lost it.

        Raises
        ------
        Refusal
            If there are no more.
        """
        asked = self._study.log.asked
        numbers = {asked[key][0] for key in known if key in asked}
        for trial in self._study.log.trials:
            if trial.number not in numbers and (again or trial.result is None):
                return self._study.adopt(trial.number, trial_id)
        return self._study.ask(key=trial_id)

    def _trial(self, trial_id: str) -> ServedTrial:
        asked = self._study.log.asked
        if trial_id not in asked:
            raise HpoExtError("it is not in the study")
        return self._study.trial(asked[trial_id][0])

    def record(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Record an intermediate result; return whether the assessor stops the trial.

        A trial that Ray starts again, from the beginning or from a checkpoint, replaces the results
        that it had after that point.
        """
        try:
            return self._record(self._trial(trial_id), result)
        except HpoExtError as error:  # an exception here would make every trial of Ray's an error
            _logger.warning("trial %s: %s", trial_id, error)
            return False

    def _record(self, trial: ServedTrial, result: Mapping[str, Any]) -> bool:
        step = int(result.get(TRAINING_ITERATION) or len(trial.reports) + 1) - 1
        if trial.result is not None:  # known before the driver was killed
            return trial.stop and step >= len(trial.reports) - 1
        if not any(name in result for name in self._names):
            return trial.stop
        value = self._values(result) or None
        if step < len(trial.reports) and trial.reports[step].value != value:
            self._study.rewind(trial.number, step)
        return self._study.report(trial.number, value, min(step, len(trial.reports)))[1]

    def end(self, trial_id: str, result: Mapping[str, Any] | None, error: bool) -> None:
        """Record the end of a trial; see ``Searcher.on_trial_complete``."""
        try:
            trial = self._trial(trial_id)
            if trial.result is None:  # not known before the driver was killed
                self._end(trial, result, error)
        except HpoExtError as failure:
            _logger.warning("trial %s: %s", trial_id, failure)

    def _end(self, trial: ServedTrial, result: Mapping[str, Any] | None, error: bool) -> None:
        if error:
            self._tell(trial, {"error": "the trial failed; Ray keeps its traceback"})
        elif not result:
            self._study.give_back(trial.number)  # Ray never started it
        elif self._record(trial, result):
            self._tell(trial, {"stopped": True})
        else:
            self._tell(trial, {"values": self._values(result)})

    def _tell(self, trial: ServedTrial, result: Mapping[str, Any]) -> None:
        try:
            self._study.tell(trial.number, result)
        except Refusal as refusal:
            self._study.tell(trial.number, {"error": str(refusal)})

    def _values(self, result: Mapping[str, Any]) -> dict[str, float]:
        """Return the finite values of the objectives."""
        numbers: dict[str, float] = {}
        for name in self._names:
            try:
                value = float(result.get(name, math.nan))
            except (TypeError, ValueError):
                continue
            if math.isfinite(value):
                numbers[name] = value
        return numbers
