"""Drive the tuner and the assessor of a study, and bring them back after a restart."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.asktell._algorithms import make_assessor, make_tuner
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.journal import ASSESSOR_FILE, TUNER_FILE, journals_in, read_events
from nni_hpo_ext.metrics import read_final, read_intermediate
from nni_hpo_ext.simulate.driver import AssessorDriver, Notes, TunerDriver, guarded, job_id
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import ServedTrial, objectives_of
from nni_hpo_ext.tuners import AlgorithmTuner
from nni_hpo_ext.types import TrialStatus

__all__ = ["StudyAssessor", "StudyTuner"]

_logger = logging.getLogger(__name__)

Definition = Mapping[str, Any]


class StudyTuner:
    """The tuner of a study.

    Parameters
    ----------
    definition
        The content of ``study.json``.
    folder
        Directory of its journal.
    trials
        The trials of the study so far.

    Raises
    ------
    HpoExtError
        If the tuner refuses its arguments or the search space.
    """

    def __init__(self, definition: Definition, folder: Path, trials: Sequence[ServedTrial]) -> None:
        self._objectives = objectives_of(definition)
        # Suggested by this object; the tuner knows earlier ones by their configuration only.
        self._fresh: set[int] = set()
        journal = folder / TUNER_FILE
        # Suggestions that are not trials yet: a call failed or was killed in between.
        self._unasked = _unasked(journal, trials)
        with journals_in(folder):
            self._tuner, self._label = make_tuner(definition)
        self._is_ours = isinstance(self._tuner, AlgorithmTuner)
        is_resumed = bool(trials) or journal.exists()
        if is_resumed:
            self._guarded("load_checkpoint", self._tuner.load_checkpoint)
        open_ = [t.params for t in trials if t.result is None and not t.added]
        recovered = dict(enumerate([*open_, *self._unasked]))
        self._driver = TunerDriver(
            self._tuner, self._label, definition["search_space"], Notes(), recovered
        )
        if is_resumed:
            self._recall(trials)

    def _guarded(self, doing: str, call: Callable[[], Any]) -> Any:
        return guarded(f"tuner {self._label}", doing, call)

    def _recall(self, trials: Sequence[ServedTrial]) -> None:
        """Tell the tuner the results that its journal may lack."""
        ended = sorted((t for t in trials if t.result is not None), key=lambda t: t.ended or 0.0)
        known = [(t, self._value(t)) for t in ended]
        self._import([(t, value) for t, value in known if value is not None])
        for trial, value in known if self._is_ours else ():
            if value is None and not trial.added:
                self._fail_earlier(trial)

    def _import(self, results: Sequence[tuple[ServedTrial, Any]]) -> None:
        entries = [{"parameter": dict(t.params), "value": value} for t, value in results]
        if entries or self._is_ours:  # ours distinguishes the first import from later ones
            self._guarded("import_data", lambda: self._tuner.import_data(entries))

    def _value(self, trial: ServedTrial) -> Any:
        """Return a trial's result as the tuner takes it, None if it takes none."""
        result = trial.result or {}
        if "values" not in result:
            return None
        reading = read_final(result["values"], self._objectives, True)
        if self._is_ours:
            return result["values"]
        return reading.values[0] if reading.status is TrialStatus.COMPLETED else None

    def ask(self, number: int) -> Mapping[str, Any] | None:
        """Return a configuration for a new trial, None if there are no more.

        A suggestion is repeated until `taken` is called.

        Raises
        ------
        HpoExtError
            If the tuner fails.
        """
        if not self._unasked:
            found = self._driver.ask([number])
            if not found:
                return None
            self._fresh.add(number)
            self._unasked.append(found[0])
        return self._unasked[0]

    def taken(self) -> None:
        """Forget the last suggestion, which has become a trial."""
        self._unasked.pop(0)

    def tell(self, trial: ServedTrial) -> None:
        """Tell the result of a trial; faults of the tuner are logged."""
        try:
            self._tell(trial, self._value(trial))
        except HpoExtError as error:
            _logger.warning("trial %d: %s", trial.number, error)

    def _tell(self, trial: ServedTrial, value: Any) -> None:
        is_fresh = trial.number in self._fresh and not trial.added
        if is_fresh and value is not None and not _is_partial(value):
            self._driver.complete(trial.number, trial.params, value)
        elif is_fresh:
            reason = str((trial.result or {}).get("error", ""))
            self._driver.fail(trial.number, trial.params, value, reason)
        elif value is not None:
            self._import([(trial, value)])
        elif not trial.added:
            self._fail_earlier(trial)

    def _fail_earlier(self, trial: ServedTrial) -> None:
        self._guarded(
            "trial_end",
            lambda: self._tuner.trial_end(trial.number, False, parameters=dict(trial.params)),
        )


def _unasked(journal: Path, trials: Sequence[ServedTrial]) -> list[Mapping[str, Any]]:
    """Return the suggestions in the journal that never became trials: the service was killed."""
    known = {SearchSpace.key(t.params) for t in trials if not t.added}
    suggested = (e["params"] for e in read_events(journal) if e.get("event") == "suggest")
    return [params for params in suggested if SearchSpace.key(params) not in known]


def _is_partial(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value.get("partial"))


class StudyAssessor:
    """The assessor of a study; without one, no trial is stopped.

    Parameters
    ----------
    definition, folder, trials
        See `StudyTuner`.

    Raises
    ------
    HpoExtError
        If the assessor refuses its arguments.
    """

    def __init__(self, definition: Definition, folder: Path, trials: Sequence[ServedTrial]) -> None:
        self._names = [o.name for o in objectives_of(definition)]
        self._driver: AssessorDriver | None = None
        if not definition.get("assessor"):
            return
        with journals_in(folder):
            assessor, label = make_assessor(definition)
        self._takes_mappings = type(assessor).__module__.startswith("nni_hpo_ext.")
        self._driver = AssessorDriver(assessor, label)
        if trials:
            guarded(f"assessor {label}", "load_checkpoint", assessor.load_checkpoint)
            self._recall(folder / ASSESSOR_FILE, trials)

    def _recall(self, journal: Path, trials: Sequence[ServedTrial]) -> None:
        """Show the assessor the trials that its journal lacks."""
        known = {e.get("trial") for e in read_events(journal) if e.get("event") == "curve"}
        for trial in sorted(trials, key=lambda t: t.ended or math.inf):
            if trial.reports and job_id(trial.label) not in known:
                self.stops(trial, [r.value for r in trial.reports])
                if trial.result is not None:
                    self.end(trial, "values" in trial.result and not trial.stop)

    def stops(self, trial: ServedTrial, values: Sequence[Any]) -> bool:
        """Return whether to stop a trial, given all its reports; faults are logged."""
        if self._driver is None:
            return False
        try:
            return self._driver.stops(trial.label, list(self._readable(values)))
        except HpoExtError as error:
            _logger.warning("trial %d continues: %s", trial.number, error)
            return False

    def _readable(self, values: Sequence[Any]) -> Iterator[Any]:
        for value in values:
            if value is None:
                yield math.nan
            elif self._takes_mappings:
                yield value
            else:
                yield read_intermediate(value, self._names).value

    def end(self, trial: ServedTrial, success: bool) -> None:
        """Tell the assessor that an attempt at a trial ended; faults are logged."""
        if self._driver is None or not trial.reports:
            return
        try:
            self._driver.end(trial.label, success)
        except HpoExtError as error:
            _logger.warning("trial %d: %s", trial.number, error)
