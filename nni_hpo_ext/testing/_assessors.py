"""What every NNI assessor should stand, as a class to subclass."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nni.assessor import AssessResult

from nni_hpo_ext.testing._bad_histories import CALLS, HISTORIES, NOT_HISTORIES

__all__ = ["AssessorConformance"]

_GOOD, _BAD = AssessResult.Good, AssessResult.Bad
# Enough trials and steps for any sensible rule to act.
_TRIALS, _STEPS = 12, 20


class AssessorConformance:
    """Subclass it, say how your assessor is made, and let pytest collect it.

    Only NNI's own calls are used: ``assess_trial``, ``trial_end``, ``load_checkpoint``.

    Examples
    --------
    >>> class TestMine(AssessorConformance):
    ...     assessor_class = "my_package.MyAssessor"
    ...     arguments = {"optimize_mode": "maximize"}
    """

    assessor_class: str
    """Import path of the assessor."""

    arguments: dict[str, Any] = {}  # noqa: RUF012
    """Class arguments; large values must be good with them."""

    def make(self) -> Any:
        """Build an assessor."""
        module, _, name = self.assessor_class.rpartition(".")
        return getattr(__import__(module, fromlist=[name]), name)(**self.arguments)

    def play(self, assessor: Any, name: str, history: list[Any], success: bool = True) -> list[Any]:
        """Report a history value by value until the answer is Bad; return the answers.

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

    def experienced(self) -> Any:
        """Return an assessor that has seen trials of different quality complete."""
        assessor = self.make()
        for i in range(_TRIALS):
            self.play(assessor, f"seen{i}", self.curve(0.8 + 0.01 * ((5 * i) % _TRIALS)))
        return assessor

    def curve(self, level: float) -> list[float]:
        """Return a learning curve that ends near a level; override for other scales."""
        return [level * (1 - 0.5 / step) for step in range(1, _STEPS + 1)]

    # ------------------------------------------------------------------ decisions

    def test_the_first_trial_is_never_stopped(self) -> None:
        """There is nothing to compare it with."""
        assert set(self.play(self.make(), "first", self.curve(-1.0))) == {_GOOD}

    def test_a_hopeless_trial_is_stopped_and_stays_so(self) -> None:
        """NNI goes on asking until the trial has ended."""
        assessor, poor = self.experienced(), [0.01] * _STEPS
        answers = [assessor.assess_trial("poor", poor[: s + 1]) for s in range(_STEPS)]
        assert _BAD in answers
        assert set(answers[answers.index(_BAD) :]) == {_BAD}
        assert assessor.assess_trial("poor", [*poor, 1e9]) is _BAD

    def test_the_best_trial_is_never_stopped(self) -> None:
        """It is ahead of all others at every step."""
        assert set(self.play(self.experienced(), "best", self.curve(2.0))) == {_GOOD}

    def test_decisions_do_not_depend_on_chance(self) -> None:
        """The same calls give the same answers, and global random states are left alone."""
        before = (random.getstate(), np.random.get_state()[1].tolist())  # type: ignore[index]
        answers = []
        for _ in range(2):
            assessor = self.experienced()
            levels = [0.1 * i for i in range(20)]
            answers.append([self.play(assessor, f"t{v}", self.curve(v)) for v in levels])
        assert answers[0] == answers[1]
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # type: ignore[index]

    # ------------------------------------------------------------------ bad input

    def survives(self, assessor: Any) -> None:
        """Check that it still decides as it should."""
        assert set(self.play(assessor, "a good one", self.curve(2e9))) == {_GOOD}
        assert _BAD in self.play(assessor, "a poor one", [-2e9] * _STEPS)

    @pytest.mark.parametrize("name", HISTORIES)
    def test_any_history_is_survived(self, name: str) -> None:
        """Before all others, running, completed and failed."""
        assessor = self.make()
        self.play(assessor, "first", HISTORIES[name])
        for i in range(_TRIALS):
            self.play(assessor, f"seen{i}", self.curve(0.8 + 0.01 * i))
        self.play(assessor, "completed", HISTORIES[name])
        self.play(assessor, "failed", HISTORIES[name], success=False)
        assessor.assess_trial("running", HISTORIES[name])
        self.survives(assessor)

    @pytest.mark.parametrize("name", NOT_HISTORIES)
    def test_what_is_no_history_is_survived(self, name: str) -> None:
        """The trial goes on."""
        assessor = self.experienced()
        assert assessor.assess_trial("odd", NOT_HISTORIES[name]) is _GOOD
        assessor.trial_end("odd", True)
        self.survives(assessor)

    @pytest.mark.parametrize("name", CALLS)
    def test_any_order_of_calls_is_survived(self, name: str) -> None:
        """Before all others, and later."""
        assessor = self.make()
        CALLS[name](assessor)
        for i in range(_TRIALS):
            self.play(assessor, f"seen{i}", self.curve(0.8 + 0.01 * i))
        self.survives(assessor)
        assessor = self.experienced()
        CALLS[name](assessor)
        self.survives(assessor)

    # ------------------------------------------------------------------ long experiments

    def test_ten_thousand_trials_do_not_slow_it_down(self) -> None:
        """The number of calls inside a decision stays the same, counted instead of timed."""
        assessor = self.make()
        counts = []
        for i in range(10_000):
            history = [(37 * i % 101) / 101 + 0.01 * s for s in range(4)]
            self.play(assessor, f"t{i}", history)
            if i in (1_000, 9_999):
                counts.append(calls_in(partial(self.play, assessor, f"p{i}", [0.5, 0.6, 0.7])))
        assert counts[1] <= 1.5 * counts[0]

    # ------------------------------------------------------------------ resume

    def test_a_resumed_assessor_decides_as_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """NNI starts it anew and calls load_checkpoint; half a line at the end does no harm."""
        monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
        assessor = self.experienced()
        for path in tmp_path.iterdir():
            with path.open("a", encoding="utf-8") as file:
                file.write('{"event": "cur')
        resumed = self.make()
        resumed.load_checkpoint()
        for i, level in enumerate((0.01, 0.5, 0.79, 0.85, 2.0)):
            history = self.curve(level)
            before = [assessor.assess_trial(f"r{i}", history[: s + 1]) for s in range(_STEPS)]
            after = [resumed.assess_trial(f"r{i}", history[: s + 1]) for s in range(_STEPS)]
            assert after == before


def calls_in(action: Callable[[], object]) -> int:
    """Return how many functions, Python's and C's, an action calls."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count
