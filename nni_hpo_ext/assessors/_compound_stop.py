"""The assessor registered as ``CompoundStop``."""

from __future__ import annotations

from nni_hpo_ext.arguments import fraction, number, whole_number
from nni_hpo_ext.assessors._adapter import RuleAssessor
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import DEFAULT, direction
from nni_hpo_ext.stopping import CompoundRule

__all__ = ["CompoundStopAssessor"]


class CompoundStopAssessor(RuleAssessor):
    """Stop trials by the compound rule of DEEP-BO; see `nni_hpo_ext.stopping.CompoundRule`.

    Parameters
    ----------
    optimize_mode
        Whether larger (``maximize``) or smaller (``minimize``) intermediate results are better.
    max_epochs
        Number of intermediate results of a full trial; learnt from the trials that complete by
        default.
    beta
        Share of the trials, between 0 and 0.5: the worst ``beta`` are stopped halfway, and all but
        about the best ``beta`` after ``1 - beta`` of the epochs.
    min_completed
        Number of trials that must have reached a check before any is stopped there.
    objective
        Key of the value to compare when trials report dicts.
    max_stopped_fraction
        Largest share of the trials that may be stopped, from 0 to 1.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> assessor = CompoundStopAssessor(max_epochs=4, min_completed=1)
    >>> for step in (1, 2, 3, 4):
    ...     _ = assessor.assess_trial("good", [0.5, 0.7, 0.8, 0.9][:step])
    >>> assessor.trial_end("good", success=True)
    >>> assessor.assess_trial("bad", [0.1, 0.1]).name
    'Bad'
    """

    def __init__(
        self,
        optimize_mode: str = "maximize",
        max_epochs: int | None = None,
        beta: float = 0.1,
        min_completed: int = 3,
        objective: str = DEFAULT,
        max_stopped_fraction: float = 1.0,
    ) -> None:
        if not 0.0 < number("beta", beta, 0.0) < 0.5:
            raise ConfigError(f"beta must be a number > 0 and < 0.5, got {beta!r}")
        rule = CompoundRule(
            direction(optimize_mode),
            max_epochs=None if max_epochs is None else whole_number("max_epochs", max_epochs, 2),
            beta=beta,
            min_completed=whole_number("min_completed", min_completed, 1),
        )
        super().__init__(rule, objective, fraction("max_stopped_fraction", max_stopped_fraction))
