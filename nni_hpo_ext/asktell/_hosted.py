"""A study that is asked for trials and told their results: its calls, its log and its leases."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.asktell._refusal import Refusal, conflict, invalid, missing
from nni_hpo_ext.asktell._results import best_report, checked_report, checked_result
from nni_hpo_ext.asktell._tuning import StudyAssessor, StudyTuner
from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.errors import HpoExtError, SearchSpaceError
from nni_hpo_ext.journal import TRIALS_FILE, Journal, read_events
from nni_hpo_ext.metrics import read_intermediate
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import ServedTrial, TrialLog, objectives_of, read_definition
from nni_hpo_ext.types import Objective

__all__ = ["HostedStudy"]

# A trial that ends its workers would otherwise be given out for ever.
_MOST_LOST = 3
# Seconds after which a worker may ask again while others hold the last trials.
_RETRY_SECONDS = 5


class HostedStudy:
    """A study of `nni-hpo serve` or `hpo.optimize`. Calls must not overlap.

    A call is first written to the log, then applied to `log`, the tuner and the assessor, and then
    answered. A restart applies the log again.

    Parameters
    ----------
    directory
        Its directory.
    clock
        Clock of the leases, in seconds.

    Raises
    ------
    HpoExtError
        If the study cannot be read, or its tuner or assessor refuses the definition.
    """

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.directory = directory
        self.definition = read_definition(directory)
        folder = directory / "checkpoint"
        self._journal = Journal(folder / TRIALS_FILE, durable=True)
        self.log = TrialLog(self.events())
        self._space = SearchSpace(self.definition["search_space"])
        self._objectives = objectives_of(self.definition)
        with separate_dispatcher():  # they learn from each other, not from those of other studies
            self._tuner = StudyTuner(self.definition, folder, self.log.trials)
            self._assessor = StudyAssessor(self.definition, folder, self.log.trials)
        self._clock = clock
        self._deadlines: dict[int, float] = {}
        for trial in self.log.trials:  # nobody knows how long the service was away
            self._extend(trial)

    # ---------------------------------------------------------------- log and leases

    def _commit(self, event: str, **fields: Any) -> None:
        """Write an event to the disk, then apply it."""
        fields["time"] = round(time.time(), 3)
        try:
            self._journal.write(event, **fields)
        except OSError as error:
            raise Refusal(507, f"the log cannot be written: {error.strerror}") from error
        self.log.apply({"event": event, **fields})

    def events(self) -> Iterator[dict[str, Any]]:
        """Return the events of the log, oldest first."""
        return read_events(self.directory / "checkpoint" / TRIALS_FILE)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives, most important first."""
        return self._objectives

    @property
    def lease_seconds(self) -> float:
        """Seconds without a call after which a trial is given to another worker, or infinity."""
        seconds = self.definition["lease_seconds"]
        return math.inf if seconds is None else float(seconds)

    def _extend(self, trial: ServedTrial) -> None:
        self._deadlines[trial.number] = self._clock() + self.lease_seconds

    def _is_free(self, trial: ServedTrial) -> bool:
        """Whether a trial waits for a worker: given back, or its worker has vanished."""
        late = self._clock() > self._deadlines[trial.number]
        return trial.result is None and (trial.returned or late)

    # ---------------------------------------------------------------- calls

    def ask(
        self, params: Mapping[str, Any] | None = None, worker: str = "", key: str | None = None
    ) -> ServedTrial:
        """Give out a trial: one without a worker, or a new one.

        Raises
        ------
        Refusal
            If there are no more, or the configuration is not in the search space.
        """
        if key in self.log.asked:
            return self._asked_before(str(key))
        extra = {"worker": worker, "key": key}
        if params is not None:
            return self._add(params, extra)
        return self._give_again(extra) or self._give_new(extra)

    def _asked_before(self, key: str) -> ServedTrial:
        number, attempt = self.log.asked[key]
        return self._held(number, attempt)

    def _add(self, params: Mapping[str, Any], extra: Mapping[str, Any]) -> ServedTrial:
        """Give out a configuration that a user chose."""
        self._require_room()
        try:
            self._space.encode(params)
        except SearchSpaceError as error:
            raise invalid(f"params: {error}") from error
        return self._give(len(self.log.trials), 0, extra, params=dict(params), added=True)

    def _give(
        self, number: int, attempt: int, extra: Mapping[str, Any], **fields: Any
    ) -> ServedTrial:
        given = {name: value for name, value in extra.items() if value}
        self._commit("ask", number=number, attempt=attempt, **fields, **given)
        trial = self.log.trials[number]
        self._extend(trial)
        return trial

    def _give_again(self, extra: Mapping[str, Any]) -> ServedTrial | None:
        """Give out a trial whose worker gave it back or vanished, if there is one."""
        for trial in self.log.trials:
            if not self._is_free(trial):
                continue
            if trial.lost >= _MOST_LOST and not trial.returned:
                self._finish(trial, {"error": f"its worker vanished {trial.lost + 1} times"})
                continue
            return self._give_once_more(trial, extra)
        return None

    def _give_once_more(self, trial: ServedTrial, extra: Mapping[str, Any]) -> ServedTrial:
        self._assessor.end(trial, success=False)
        return self._give(trial.number, trial.attempt + 1, extra)

    def _give_new(self, extra: Mapping[str, Any]) -> ServedTrial:
        self._require_room()
        number = len(self.log.trials)
        try:
            params = self._tuner.ask(number)
        except HpoExtError as error:
            raise Refusal(500, str(error)) from error
        if params is None:
            raise self._no_more("every configuration of the search space has been tried")
        trial = self._give(number, 0, extra, params=params)
        self._tuner.taken()
        return trial

    def _require_room(self) -> None:
        most = self.definition["max_trials"]
        if most is not None and len(self.log.trials) >= most:
            raise self._no_more(f"max_trials is {most}")

    def _no_more(self, reason: str) -> Refusal:
        running = sum(t.result is None for t in self.log.trials)
        if not running:
            return Refusal(410, f"no more trials: {reason}")
        return Refusal(409, f"no trial now: {reason}, {running} still run", _RETRY_SECONDS)

    def trial(self, number: int) -> ServedTrial:
        """Return a trial.

        Raises
        ------
        Refusal
            If it does not exist.
        """
        if not 0 <= number < len(self.log.trials):
            raise missing(f"no trial {number} in study {self.definition['name']}")
        return self.log.trials[number]

    def _held(self, number: int, attempt: int | None) -> ServedTrial:
        trial = self.trial(number)
        if attempt is not None and attempt != trial.attempt:
            raise conflict(f"trial {number} was given to another worker: stop working on it")
        return trial

    def renew(self, number: int, attempt: int | None = None) -> bool:
        """Renew the lease of a trial; return whether the trial should stop."""
        trial = self._held(number, attempt)
        if trial.result is not None:
            raise conflict(f"trial {number} has ended")
        self._extend(trial)
        return trial.stop

    def give_back(self, number: int, attempt: int | None = None) -> None:
        """Give a trial back, for another worker."""
        trial = self._held(number, attempt)
        if trial.result is None and not trial.returned:
            self._commit("return", number=number, attempt=trial.attempt)

    def adopt(self, number: int, key: str) -> ServedTrial:
        """Give out a trial under a further key, whether it has ended or not."""
        return self._give(number, self.trial(number).attempt, {"key": key})

    def rewind(self, number: int, steps: int) -> None:
        """Keep only the first intermediate results of a trial that its worker began again.

        Parameters
        ----------
        number
            The trial.
        steps
            Number of results to keep: 0, or those before the checkpoint that it continues from.
        """
        trial = self.trial(number)
        kept = [(r.value, r.key) for r in trial.reports[:steps]]
        self._give_once_more(trial, {"worker": trial.worker})
        for value, key in kept:
            self.report(number, value, key=key)

    def report(
        self,
        number: int,
        value: Any,
        step: int | None = None,
        attempt: int | None = None,
        key: str | None = None,
    ) -> tuple[int, bool]:
        """Record an intermediate result; return its step and whether the trial should stop.

        Raises
        ------
        Refusal
            If it contradicts an earlier report, or is not usable.
        """
        trial = self._held(number, attempt)
        known = [i for i, r in enumerate(trial.reports) if key and r.key == key]
        step = known[0] if known else len(trial.reports) if step is None else step
        if step < len(trial.reports):
            earlier = trial.reports[step]
            if earlier.value != value:
                raise conflict(f"trial {number} reported {earlier.value!r:.60} at step {step}")
            self._extend(trial)
            return step, earlier.stop
        if trial.result is not None:
            raise conflict(f"trial {number} has ended")
        if step > len(trial.reports):
            raise invalid(f"step: the next step of trial {number} is {len(trial.reports)}")
        checked_report(value, self._objectives)
        values = [*(r.value for r in trial.reports), value]
        stop = trial.stop or self._assessor.stops(trial, values)
        extra = {"key": key} if key else {}
        self._commit("report", number=number, step=step, value=value, stop=stop, **extra)
        self._extend(trial)
        return step, stop

    def tell(
        self, number: int, result: Mapping[str, Any], attempt: int | None = None
    ) -> ServedTrial:
        """Record the result of a trial.

        Raises
        ------
        Refusal
            If it contradicts an earlier result, or is not usable.
        """
        trial = self._held(number, attempt)
        if result.get("stopped"):
            names = [o.name for o in self._objectives]
            readings = [read_intermediate(r.value, names) for r in trial.reports]
            best = best_report(readings, self._objectives)
            result = {"stopped": True} if best is None else {"values": best}
        if trial.result is None:
            checked_result(result, self._objectives)
            self._finish(trial, result)
        elif trial.result != result:
            raise conflict(f"trial {number} has already ended: {trial.result!r:.200}")
        return trial

    def _finish(self, trial: ServedTrial, result: Mapping[str, Any]) -> None:
        self._commit("result", number=trial.number, attempt=trial.attempt, result=dict(result))
        self._assessor.end(trial, "values" in result and not trial.stop)
        self._tuner.tell(trial)
