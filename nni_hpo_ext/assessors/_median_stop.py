"""The assessor registered as ``MedianStop``."""

from __future__ import annotations

from nni_hpo_ext.arguments import flag, fraction, number, one_of, whole_number
from nni_hpo_ext.assessors._adapter import RuleAssessor
from nni_hpo_ext.metrics import direction
from nni_hpo_ext.stopping import Caution, ConsensusRule, MedianRule, Schedule, StoppingRule

__all__ = ["MedianStopAssessor"]


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
        with ``max_epochs``.
    interval
        Number of intermediate results between two checks of a trial.
    objective
        Key of the value to compare when trials report dicts.
    rule
        ``consensus`` (`nni_hpo_ext.stopping.ConsensusRule`) or ``median``, the rule of Vizier
        (`nni_hpo_ext.stopping.MedianRule`).
    caution
        Of ``consensus``: how sure it has to be, 1 as measured; less saves more and risks more.
    max_epochs
        Of ``consensus``: number of intermediate results of a full trial; left out, it is learnt
        from the trials that complete.
    keep_best
        So many best trials are never stopped: one that fewer others were ahead of at its step.
    max_stopped_fraction
        Largest share of the trials that may be stopped, from 0 to 1.
    count_stopped
        Whether stopped trials count for the others, up to where they were stopped; by default
        they do for ``consensus`` and do not for ``median``.

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
        rule: str = "consensus",
        caution: float = 1.0,
        max_epochs: int | None = None,
        keep_best: int = 1,
        max_stopped_fraction: float = 1.0,
        count_stopped: bool | None = None,
    ) -> None:
        is_median = one_of("rule", rule, ("consensus", "median")) == "median"
        if count_stopped is None:
            count_stopped = not is_median
        schedule = Schedule(
            max(1, whole_number("start_step", start_step, 0)),
            whole_number("interval", interval, 1),
        )
        lowest = 0 if max_epochs is not None and not is_median else 1
        least = whole_number("min_completed", min_completed, lowest)
        keep = whole_number("keep_best", keep_best, 0)
        counts = flag("count_stopped", count_stopped)
        epochs = None if max_epochs is None else whole_number("max_epochs", max_epochs, 2)
        degree = Caution.of_degree(number("caution", caution, 0.0))
        goal = direction(optimize_mode)
        chosen: StoppingRule
        if is_median:
            chosen = MedianRule(goal, schedule, least, keep, counts)
        else:
            chosen = ConsensusRule(goal, schedule, least, keep, counts, degree, epochs)
        super().__init__(chosen, objective, fraction("max_stopped_fraction", max_stopped_fraction))
