"""Adapter from NNI's assessor interface to a stopping rule.

NNI assesses a trial after each intermediate result, even after a decision to stop it, and hangs
silently if the assessor raises. The adapter therefore answers every call and logs the input that
it cannot use.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from nni.assessor import Assessor, AssessResult

from nni_hpo_ext.arguments import text
from nni_hpo_ext.dispatcher import current_dispatcher
from nni_hpo_ext.journal import ASSESSOR_FILE, Journal
from nni_hpo_ext.metrics import DEFAULT, read_intermediate
from nni_hpo_ext.stopping import CourseRule, Decision, Monitor, StoppingRule
from nni_hpo_ext.types import Forecasts, Objective

__all__ = ["RuleAssessor"]

_logger = logging.getLogger(__name__)


class RuleAssessor(Assessor):
    """An NNI assessor around a `StoppingRule`.

    Parameters
    ----------
    rule
        The stopping rule: over single curves, or with ``objectives`` over courses.
    objective
        Key of the value to compare when trials report dicts.
    max_stopped_fraction
        Largest share of the trials that may be stopped.
    objectives
        The objectives of a rule over courses; None for a rule over single curves.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> from nni_hpo_ext.stopping import Curve, MedianRule
    >>> rule = MedianRule(min_completed=1)
    >>> rule.learn(Curve("maximize", [0.9]), completed=True)
    >>> assessor = RuleAssessor(rule)
    >>> assessor.assess_trial("first", [0.1]).name
    'Bad'
    >>> assessor.assess_trial("second", [0.95]).name
    'Good'
    """

    def __init__(
        self,
        rule: StoppingRule | CourseRule,
        objective: str = DEFAULT,
        max_stopped_fraction: float = 1.0,
        objectives: Sequence[Objective] | None = None,
    ) -> None:
        super().__init__()
        self._names = [text("objective", objective)]
        self._max_stopped_fraction = max_stopped_fraction
        self._lock = threading.RLock()
        self._recorded: set[str] = set()
        self._warned = False
        self._journal = Journal.of_experiment(ASSESSOR_FILE)
        self._use(rule, objectives)
        self._dispatcher = current_dispatcher()
        self._dispatcher.announce_assessor(self)

    def _use(self, rule: StoppingRule | CourseRule, objectives: Sequence[Objective] | None) -> None:
        """Use a new rule, which has not seen any trial."""
        self._is_course = objectives is not None
        if objectives is not None:
            self._names = [o.name for o in objectives]
        self._monitor = Monitor(rule, max_stopped_fraction=self._max_stopped_fraction)

    # ---------------------------------------------------------------- called by NNI

    def assess_trial(self, trial_job_id: str, trial_history: Sequence[Any]) -> AssessResult:
        """Decide whether a trial continues; never raises, since NNI would hang."""
        if not isinstance(trial_history, list):
            _logger.warning(
                "trial %s: the history must be a list, got %.80r", trial_job_id, trial_history
            )
            return AssessResult.Good
        try:
            with self._lock:
                new = trial_history[self._monitor.steps(trial_job_id) :]
                values = [self._read(trial_job_id, v) for v in new]
                decision = self._monitor.report(trial_job_id, values)
                if decision.stop:
                    self._record(trial_job_id, decision)
                return AssessResult.Bad if decision.stop else AssessResult.Good
        except Exception:
            _logger.exception("trial %s: could not be assessed, and continues", trial_job_id)
            return AssessResult.Good

    def trial_end(self, trial_job_id: str, success: bool) -> None:
        """Update the rule with a finished trial, and journal its curve for a resume."""
        try:
            with self._lock:
                self._recorded.discard(trial_job_id)
                learnt = self._monitor.end(trial_job_id, bool(success))
                if learnt is not None:
                    curve, completed = learnt
                    state = curve.state_dict()
                    self._journal.write("curve", trial=trial_job_id, completed=completed, **state)
        except Exception:
            _logger.exception("trial %s: its end could not be recorded", trial_job_id)

    def load_checkpoint(self) -> None:
        """Restore the rule from the journal on a resume; NNI passes no history."""
        try:
            with self._lock:
                self._restore_all()
        except Exception:
            _logger.exception("the journal could not be read: earlier trials are ignored")

    # ---------------------------------------------------------------- called by the tuner

    def running_trials(self) -> Sequence[str]:
        """Return the jobs of the running trials that have reported."""
        with self._lock:
            return self._monitor.running

    def forecasts(self, trial_job_id: str) -> Forecasts:
        """Predict the final values of a running or stopped trial, by objective."""
        with self._lock:
            found = self._monitor.prospects(trial_job_id)
        pairs = zip(self._names, found.forecasts, strict=True) if found else ()
        return {name: forecast for name, forecast in pairs if forecast is not None}

    def reached(self, trial_job_id: str) -> Mapping[str, float]:
        """Return the best values of a stopped trial, by objective; empty if it was not stopped."""
        with self._lock:
            found = self._monitor.prospects(trial_job_id)
        pairs = zip(self._names, found.best, strict=True) if found and found.decision.stop else ()
        return {name: value for name, value in pairs if math.isfinite(value)}

    # ---------------------------------------------------------------- internal

    def _restore_all(self) -> None:
        """Update the rule with the trials of the journal."""
        events = [e for e in self._journal.events() if e and e.get("event") == "curve"]
        restored = sum(map(self._restore, events))
        _logger.info("restored %d of %d trials from the journal", restored, len(events))

    def _restore(self, event: Mapping[str, Any]) -> bool:
        try:
            self._monitor.restore(event, bool(event["completed"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            _logger.warning("journal: skipped a malformed curve: %r", error)
            return False
        return True

    def _record(self, trial_job_id: str, decision: Decision) -> None:
        if trial_job_id in self._recorded:
            return
        self._recorded.add(trial_job_id)
        step = self._monitor.steps(trial_job_id)
        _logger.info("trial %s stopped at step %d: %s", trial_job_id, step, decision.reason)
        self._journal.write(
            "stop",
            trial=trial_job_id,
            step=step,
            value=decision.value,
            threshold=decision.threshold,
            reason=decision.reason,
        )

    def _read(self, trial_job_id: str, reported: Any) -> Any:
        """Return the values for the curves, NaN (the worst) for those that are not numbers."""
        values = read_intermediate(reported, self._names).values
        if len(self._names) > 1 and None in values:
            self._warn_of_missing(values)
            return values
        if not all(v is not None and math.isfinite(v) for v in values):
            _logger.warning(
                "trial %s reported %.80r: treated as the worst possible value",
                trial_job_id,
                reported,
            )
        numbers = [math.nan if v is None else v for v in values]
        return numbers if self._is_course else numbers[0]

    def _warn_of_missing(self, values: Sequence[float | None]) -> None:
        if self._warned:
            return
        self._warned = True
        missing = [n for n, v in zip(self._names, values, strict=True) if v is None]
        _logger.warning(
            "intermediate results lack %s: such trials are not compared and never stopped; "
            "report every objective with nni.report_intermediate_result",
            ", ".join(missing),
        )
