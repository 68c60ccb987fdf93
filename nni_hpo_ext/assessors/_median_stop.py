"""The assessor registered as ``MedianStop``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from nni.assessor import AssessResult

from nni_hpo_ext.arguments import fraction, text
from nni_hpo_ext.assessors._adapter import RuleAssessor
from nni_hpo_ext.assessors._rules import SINGLE, RuleArguments, objectives_argument
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.types import Objective

__all__ = ["MedianStopAssessor"]

_logger = logging.getLogger(__name__)


class MedianStopAssessor(RuleAssessor):
    """Stop trials that are unlikely to become the best; a drop-in for NNI's ``Medianstop``.

    Parameters
    ----------
    optimize_mode
        Whether larger (``maximize``) or smaller (``minimize``) intermediate results are better.
    start_step
        Number of intermediate results that a trial may report before it can be stopped.
    min_completed
        Number of trials that must have completed before any is stopped. 0 requires ``max_epochs``
        and the rule ``consensus``; ``prospect`` treats it as 1.
    interval
        Number of intermediate results between two checks of a trial.
    objective
        Key of the value to compare when trials report dicts.
    rule
        ``prospect`` (`nni_hpo_ext.stopping.ProspectRule`, or with several objectives
        `nni_hpo_ext.stopping.FrontRule`), ``consensus``
        (`nni_hpo_ext.stopping.ConsensusRule`) or ``median``, the rule of Vizier
        (`nni_hpo_ext.stopping.MedianRule`).
    caution
        For ``prospect`` and ``consensus``: smaller values than 1 save more epochs at more risk.
    max_epochs
        For ``prospect`` and ``consensus``: number of intermediate results of a full trial; learnt
        from the trials that complete by default.
    keep_best
        A trial is stopped only if at least this many others are ahead of it at its step; with
        several objectives, if this many almost certainly dominate it.
    max_stopped_fraction
        Largest share of the trials that may be stopped, from 0 to 1.
    count_stopped
        Whether stopped trials count for the others, up to their last step; by default true for
        ``prospect`` and ``consensus``, false for ``median``. They never do with several objectives.
    objectives
        For ``prospect``: ``{name: "maximize" or "minimize"}``; a trial is stopped only if it is
        unlikely to end on the Pareto front. Defaults to the tuner's objectives if it is a tuner of
        this package with several, else to ``objective`` with ``optimize_mode``.
    preset
        For ``prospect``: ``default``, or ``patient`` where late risers are common.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> assessor = MedianStopAssessor(rule="median", min_completed=1)
    >>> assessor.assess_trial("good", [0.9]).name
    'Good'
    >>> assessor.trial_end("good", success=True)
    >>> assessor.assess_trial("bad", [0.1]).name
    'Bad'
    """

    def __init__(
        self,
        optimize_mode: str = "maximize",
        start_step: int = 0,
        min_completed: int = 3,
        interval: int = 1,
        objective: str = DEFAULT,
        rule: str = "prospect",
        caution: float = 1.0,
        max_epochs: int | None = None,
        keep_best: int = 1,
        max_stopped_fraction: float = 1.0,
        count_stopped: bool | None = None,
        objectives: Mapping[str, Any] | None = None,
        preset: str = "default",
    ) -> None:
        arguments = RuleArguments.checked(
            rule,
            optimize_mode=optimize_mode,
            start_step=start_step,
            interval=interval,
            min_completed=min_completed,
            keep_best=keep_best,
            count_stopped=count_stopped,
            caution=caution,
            max_epochs=max_epochs,
            preset=preset,
        )
        declared = objectives_argument(objectives, rule)
        self._arguments = arguments
        self._follows_tuner = rule == "prospect" and declared is None
        share = fraction("max_stopped_fraction", max_stopped_fraction)
        if rule == "prospect":
            goals = declared or (Objective(text("objective", objective), arguments.direction),)
            super().__init__(arguments.prospect(goals), objective, share, goals)
        else:
            super().__init__(SINGLE[rule](arguments), objective, share)
        self._follow_tuner()

    def assess_trial(self, trial_job_id: str, trial_history: Sequence[Any]) -> AssessResult:
        """Decide whether a trial continues."""
        self._follow_tuner()
        return super().assess_trial(trial_job_id, trial_history)

    def load_checkpoint(self) -> None:
        """Restore the rule from the journal on a resume."""
        self._follow_tuner()
        super().load_checkpoint()

    def _follow_tuner(self) -> None:
        """Switch to the objectives of the tuner, once it has several.

        The tuner may learn them only from the first final result. Running trials are then read
        again from the history that NNI passes with each call. Of finished trials only a single
        objective is known, so the rule learns from later ones.
        """
        goals = self._dispatcher.objectives() if self._follows_tuner else ()
        if len(goals) < 2:
            return
        self._follows_tuner = False
        with self._lock:
            self._use(self._arguments.prospect(goals), goals)
        _logger.info("comparing trials by the tuner's objectives: %s", goals)
