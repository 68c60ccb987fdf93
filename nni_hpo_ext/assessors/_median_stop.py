"""The assessor registered as ``MedianStop``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from nni.assessor import AssessResult

from nni_hpo_ext.arguments import fraction, text
from nni_hpo_ext.assessors._adapter import RuleAssessor
from nni_hpo_ext.assessors._rules import RuleArguments, objectives_argument
from nni_hpo_ext.dispatcher import tuner_objectives
from nni_hpo_ext.types import Objective

__all__ = ["MedianStopAssessor"]

_logger = logging.getLogger(__name__)


class MedianStopAssessor(RuleAssessor):
    """Stops trials that will not become the best; a drop-in for NNI's ``Medianstop``.

    Parameters
    ----------
    optimize_mode
        Whether large (``maximize``) or small (``minimize``) intermediate results are good.
    start_step
        Number of intermediate results that a trial may report before it can be stopped.
    min_completed
        Number of trials that must have completed before any is stopped. 0 is for ``consensus``
        with ``max_epochs``; ``prospect`` takes it as 1.
    interval
        Number of intermediate results between two checks of a trial.
    objective
        Key of the value to compare when trials report dicts.
    rule
        ``prospect`` (`nni_hpo_ext.stopping.ProspectRule`), ``consensus``
        (`nni_hpo_ext.stopping.ConsensusRule`) or ``median``, the rule of Vizier
        (`nni_hpo_ext.stopping.MedianRule`).
    caution
        Of ``prospect`` and ``consensus``: how sure they have to be, 1 as measured; less saves
        more and risks more.
    max_epochs
        Of ``prospect`` and ``consensus``: number of intermediate results of a full trial; left
        out, it is learnt from the trials that complete.
    keep_best
        So many best trials are never stopped: one that fewer others were ahead of at its step.
    max_stopped_fraction
        Largest share of the trials that may be stopped, from 0 to 1.
    count_stopped
        Whether stopped trials count for the others, up to where they were stopped; by default
        they do for ``prospect`` and ``consensus`` and do not for ``median``.
    objectives
        Of ``prospect``: ``{name: "maximize" or "minimize"}``; a trial is stopped only if it is
        unlikely to end on the Pareto front. Left out: those of the tuner, if it is one of ours
        and has several, else the one ``objective`` with ``optimize_mode``.
    preset
        Of ``prospect``: ``default``, or ``patient`` where late risers are common.

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
        rule: str = "prospect",
        caution: float = 1.0,
        max_epochs: int | None = None,
        keep_best: int = 1,
        max_stopped_fraction: float = 1.0,
        count_stopped: bool | None = None,
        objectives: Mapping[str, str] | None = None,
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
            chosen = arguments.median() if rule == "median" else arguments.consensus()
            super().__init__(chosen, objective, share)
        self._follow_tuner()

    def assess_trial(self, trial_job_id: str, trial_history: Sequence[Any]) -> AssessResult:
        """Decide whether a trial goes on."""
        self._follow_tuner()
        return super().assess_trial(trial_job_id, trial_history)

    def load_checkpoint(self) -> None:
        """Learn again, on a resume, what the experiment had learnt."""
        self._follow_tuner()
        super().load_checkpoint()

    def _follow_tuner(self) -> None:
        """Compare by the objectives of the tuner, once it has several.

        It may get to know them from the first final result only. The running trials are then read
        anew from the history that NNI hands over with each call; of those that ended no more is
        known than the one objective, so the rule learns from the next.
        """
        goals = tuner_objectives() if self._follows_tuner else ()
        if len(goals) < 2:
            return
        self._follows_tuner = False
        with self._lock:
            self._use(self._arguments.prospect(goals), goals)
        _logger.info("compares trials by the tuner's objectives: %s", goals)
