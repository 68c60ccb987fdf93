"""The assessor registered as ``MedianStop``."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from nni.assessor import Assessor, AssessResult

from nni_hpo_ext.arguments import one_of, whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.journal import ASSESSOR_FILE, Journal
from nni_hpo_ext.stopping import Decision, MedianRule

__all__ = ["MedianStopAssessor"]

_logger = logging.getLogger(__name__)


class MedianStopAssessor(Assessor):
    """Stops trials by the median rule of Vizier; see `nni_hpo_ext.stopping.MedianRule`.

    Parameters
    ----------
    optimize_mode
        Whether large (``maximize``) or small (``minimize``) intermediate results are good.
    start_step
        Number of intermediate results that a trial may report before it can be stopped.
    min_completed
        Number of completed trials that must have reached a step before any is stopped there.
    interval
        Number of intermediate results between two checks of a trial.
    objective
        Key of the value to compare when trials report dicts.

    Raises
    ------
    ConfigError
        If an argument is not allowed.
    """

    def __init__(
        self,
        optimize_mode: str = "maximize",
        start_step: int = 0,
        min_completed: int = 3,
        interval: int = 1,
        objective: str = "default",
    ) -> None:
        super().__init__()
        one_of("optimize_mode", optimize_mode, ("maximize", "minimize"))
        if not isinstance(objective, str) or not objective:
            raise ConfigError(f"objective {objective!r} is not allowed: give the key to compare")
        self._objective = objective
        self._rule = MedianRule(
            optimize_mode,  # type: ignore[arg-type]
            start_step=max(1, whole_number("start_step", start_step, 0)),
            interval=whole_number("interval", interval, 1),
            min_completed=whole_number("min_completed", min_completed, 1),
        )
        self._lock = threading.Lock()
        self._running: dict[str, list[float]] = {}
        self._stopped: set[str] = set()
        self._journal = Journal.of_experiment(ASSESSOR_FILE)

    def assess_trial(self, trial_job_id: str, trial_history: Sequence[Any]) -> AssessResult:
        """Decide whether a trial goes on; NNI hangs on an exception, so it raises none."""
        try:
            with self._lock:
                return self._assess(trial_job_id, trial_history)
        except Exception:
            _logger.exception("trial %s: not assessed", trial_job_id)
            return AssessResult.Good

    def trial_end(self, trial_job_id: str, success: bool) -> None:
        """Let a trial that ran to its end count for the others."""
        with self._lock:
            curve = self._running.pop(trial_job_id, None)
            stopped = trial_job_id in self._stopped
            self._stopped.discard(trial_job_id)
            if success and curve and not stopped:
                self._rule.complete(curve)

    def _assess(self, trial_job_id: str, trial_history: Sequence[Any]) -> AssessResult:
        if trial_job_id in self._stopped:
            return AssessResult.Bad
        curve = self._running.setdefault(trial_job_id, [])
        curve += [self._number(trial_job_id, v) for v in trial_history[len(curve) :]]
        decision = self._rule.assess(curve)
        if not decision.stop:
            return AssessResult.Good
        self._stopped.add(trial_job_id)
        self._record(trial_job_id, len(curve), decision)
        return AssessResult.Bad

    def _record(self, trial_job_id: str, step: int, decision: Decision) -> None:
        reason = f"best {decision.best:.6g} is worse than the median {decision.threshold:.6g}"
        _logger.info("trial %s stopped at step %d: %s", trial_job_id, step, reason)
        self._journal.write(
            "stop",
            trial=trial_job_id,
            step=step,
            value=decision.best,
            threshold=decision.threshold,
            reason=reason,
        )

    def _number(self, trial_job_id: str, value: Any) -> float:
        """Return the value to compare; NaN, which counts as the worst, if there is none."""
        if isinstance(value, Mapping):
            value = value.get(self._objective)
        try:
            number = math.nan if isinstance(value, (bool, str, bytes)) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if math.isnan(number):
            _logger.warning("trial %s reported %.80r: counts as the worst", trial_job_id, value)
        return number
