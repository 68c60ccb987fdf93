"""The conformance suite for NNI assessors."""

from __future__ import annotations

from typing import Any, ClassVar

from nni.assessor import AssessResult

from nni_hpo_ext.testing import _assessor_cases
from nni_hpo_ext.testing._case import Case, require
from nni_hpo_ext.testing._suite import Conformance

__all__ = ["AssessorConformance"]

_GOOD, _BAD = AssessResult.Good, AssessResult.Bad
# Enough trials for any sensible rule to act.
_TRIALS = 12


class AssessorConformance(Conformance):
    """Conformance suite for an NNI assessor: a base class for pytest classes.

    Set ``assessor_class`` and ``arguments`` in a subclass, and pytest runs each case as a test. The
    suite uses only the calls of NNI: ``assess_trial``, ``trial_end``, ``load_checkpoint``.

    Examples
    --------
    >>> from nni_hpo_ext.testing import AssessorConformance
    >>> class TestMyAssessor(AssessorConformance):
    ...     assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"
    ...     arguments = {"optimize_mode": "maximize"}  # large values must be good
    >>> suite = TestMyAssessor()
    >>> suite.test_conforms(suite.CASES[0])
    """

    KIND: ClassVar[str] = "assessor"
    CASES: ClassVar[tuple[Case, ...]] = _assessor_cases.CASES

    assessor_class: str
    """Import path of the assessor."""

    steps: int = 20
    """Number of steps of a full trial, enough for any sensible rule to act."""

    @property
    def class_name(self) -> str:
        """Import path of the assessor."""
        return self.assessor_class

    def play(self, assessor: Any, name: str, history: list[Any], success: bool = True) -> list[Any]:
        """Report a history value by value until the answer is Bad, and return the answers.

        Parameters
        ----------
        assessor
            The assessor.
        name
            Id of the trial job.
        history
            Intermediate results of the trial.
        success
            Whether the trial succeeds if it is not stopped.
        """
        answers = []
        for step in range(1, len(history) + 1):
            answers.append(assessor.assess_trial(name, history[:step]))
            if answers[-1] is _BAD:
                break
        assessor.trial_end(name, success and _BAD not in answers)
        return answers

    def experience(self, assessor: Any, stride: int = 1) -> None:
        """Complete trials of different quality, in ascending order if ``stride`` is 1."""
        for i in range(_TRIALS):
            self.play(assessor, f"seen{i}", self.curve(0.8 + 0.01 * ((stride * i) % _TRIALS)))

    def experienced(self) -> Any:
        """Return an assessor with completed trials of different quality."""
        assessor = self.make()
        self.experience(assessor, stride=5)
        return assessor

    def curve(self, level: float) -> list[float]:
        """Return a learning curve that ends near ``level``; override it for other scales."""
        return [level * (1 - 0.5 / step) for step in range(1, self.steps + 1)]

    def survives(self, assessor: Any) -> None:
        """Check that the assessor still keeps good trials and stops poor ones."""
        good = self.play(assessor, "a good one", self.curve(2e9))
        require(set(good) == {_GOOD}, "a good trial is stopped afterwards")
        poor = self.play(assessor, "a poor one", [-2e9] * self.steps)
        require(_BAD in poor, "a poor trial is not stopped afterwards")
