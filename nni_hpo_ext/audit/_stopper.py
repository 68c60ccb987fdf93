"""Any NNI assessor as something that a replay can drive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nni.assessor import AssessResult

from nni_hpo_ext.stopping import Decision

__all__ = ["AssessorStopper"]


class AssessorStopper:
    """Calls an assessor as NNI's dispatcher does: with the whole history, step by step.

    Parameters
    ----------
    assessor
        An NNI assessor, ours or any other.
    """

    def __init__(self, assessor: Any) -> None:
        self._assessor = assessor
        self._histories: dict[str, list[float]] = {}

    def report(self, trial: str, values: Sequence[float]) -> Decision:
        """Take in a running trial's new values and decide on it."""
        history = self._histories.setdefault(trial, [])
        history.extend(values)
        return Decision(self._assessor.assess_trial(trial, history) == AssessResult.Bad)

    def end(self, trial: str, success: bool) -> None:
        """Note that a trial ended; NNI tells an assessor only of those that reported."""
        if self._histories.pop(trial, None):
            self._assessor.trial_end(trial, success)
