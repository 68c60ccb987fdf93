"""What every NNI assessor should stand, as a class to subclass."""

from __future__ import annotations

from typing import Any, ClassVar

from nni.assessor import AssessResult

from nni_hpo_ext.testing import _assessor_cases
from nni_hpo_ext.testing._case import Case, require
from nni_hpo_ext.testing._suite import Conformance

__all__ = ["AssessorConformance"]

_GOOD, _BAD = AssessResult.Good, AssessResult.Bad
# Enough for any sensible rule to act.
_TRIALS = 12


class AssessorConformance(Conformance):
    """Subclass it, say how your assessor is made, and let pytest collect it.

    Only NNI's own calls are used: ``assess_trial``, ``trial_end``, ``load_checkpoint``.

    Examples
    --------
    >>> class TestMine(AssessorConformance):
    ...     assessor_class = "my_package.MyAssessor"
    ...     arguments = {"optimize_mode": "maximize"}  # large values must be good
    """

    KIND: ClassVar[str] = "assessor"
    CASES: ClassVar[tuple[Case, ...]] = _assessor_cases.CASES

    assessor_class: str
    """Import path of the assessor."""

    steps: int = 20
    """Number of steps of a full trial: enough for any sensible rule to act."""

    @property
    def class_name(self) -> str:
        """Import path of the assessor."""
        return self.assessor_class

    def play(self, assessor: Any, name: str, history: list[Any], success: bool = True) -> list[Any]:
        """SuiteReport a history value by value until the answer is Bad; return the answers.

        Parameters
        ----------
        assessor
            What to ask.
        name
            Id of the trial job.
        history
            Its intermediate results.
        success
            Whether it succeeds, if it is not stopped.
        """
        answers = []
        for step in range(1, len(history) + 1):
            answers.append(assessor.assess_trial(name, history[:step]))
            if answers[-1] is _BAD:
                break
        assessor.trial_end(name, success and _BAD not in answers)
        return answers

    def experience(self, assessor: Any, stride: int = 1) -> None:
        """Let an assessor see trials complete, each better than the one before if stride is 1."""
        for i in range(_TRIALS):
            self.play(assessor, f"seen{i}", self.curve(0.8 + 0.01 * ((stride * i) % _TRIALS)))

    def experienced(self) -> Any:
        """Return an assessor that has seen trials of different quality complete."""
        assessor = self.make()
        self.experience(assessor, stride=5)
        return assessor

    def curve(self, level: float) -> list[float]:
        """Return a learning curve that ends near a level; override for other scales."""
        return [level * (1 - 0.5 / step) for step in range(1, self.steps + 1)]

    def survives(self, assessor: Any) -> None:
        """Check that it still decides as it should."""
        good = self.play(assessor, "a good one", self.curve(2e9))
        require(set(good) == {_GOOD}, "a good trial is stopped afterwards")
        poor = self.play(assessor, "a poor one", [-2e9] * self.steps)
        require(_BAD in poor, "a poor trial is not stopped afterwards")
