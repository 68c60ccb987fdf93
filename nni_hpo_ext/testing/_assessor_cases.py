"""What every NNI assessor should stand."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni.assessor import AssessResult

from nni_hpo_ext.testing._bad_histories import CALLS, HISTORIES, NOT_HISTORIES
from nni_hpo_ext.testing._case import Case, each, require
from nni_hpo_ext.testing._tuner_seeds import random_states

if TYPE_CHECKING:
    from nni_hpo_ext.testing._assessors import AssessorConformance

__all__ = ["CASES"]

_GOOD, _BAD = AssessResult.Good, AssessResult.Bad
_LEVELS = (0.01, 0.5, 0.79, 0.85, 2.0)
_DIRECTORY = "NNI_CHECKPOINT_DIRECTORY"


# ---------------------------------------------------------------------- decisions


def _first_goes_on(suite: AssessorConformance) -> None:
    """There is nothing to compare it with."""
    answers = suite.play(suite.make(), "first", suite.curve(-1.0))
    require(set(answers) == {_GOOD}, "it is stopped")


def _hopeless_is_stopped(suite: AssessorConformance) -> None:
    """NNI goes on asking until the trial has ended."""
    assessor, poor = suite.experienced(), [0.01] * suite.steps
    answers = [assessor.assess_trial("poor", poor[: s + 1]) for s in range(suite.steps)]
    require(_BAD in answers, "it is not stopped")
    later = answers[answers.index(_BAD) :]
    later.append(assessor.assess_trial("poor", [*poor, 1e9]))
    require(set(later) == {_BAD}, "asked again after Bad, it says Good")


def _best_goes_on(suite: AssessorConformance) -> None:
    """Let it be ahead of all others at every step."""
    answers = suite.play(suite.experienced(), "best", suite.curve(2.0))
    require(set(answers) == {_GOOD}, "it is stopped")


def _chance_has_no_say(suite: AssessorConformance) -> None:
    """Want the same answers to the same calls, and global random states left alone."""
    before = random_states()
    answers = []
    for _ in range(2):
        assessor = suite.experienced()
        levels = [0.1 * i for i in range(20)]
        answers.append([suite.play(assessor, f"t{v}", suite.curve(v)) for v in levels])
    require(answers[0] == answers[1], "the same calls get other answers the second time")
    require(random_states() == before, "a global random generator was used")


# ---------------------------------------------------------------------- bad input


def _history(suite: AssessorConformance, name: str) -> None:
    """Before all others, running, completed and failed."""
    assessor = suite.make()
    suite.play(assessor, "first", HISTORIES[name])
    suite.experience(assessor)
    suite.play(assessor, "completed", HISTORIES[name])
    suite.play(assessor, "failed", HISTORIES[name], success=False)
    assessor.assess_trial("running", HISTORIES[name])
    suite.survives(assessor)


def _no_history(suite: AssessorConformance, name: str) -> None:
    """Let the trial go on."""
    assessor = suite.experienced()
    answer = assessor.assess_trial("odd", NOT_HISTORIES[name])
    require(answer is _GOOD, f"the answer is {answer!r}, not Good")
    assessor.trial_end("odd", True)
    suite.survives(assessor)


def _calls(suite: AssessorConformance, name: str) -> None:
    """Before all others, and later."""
    assessor = suite.make()
    CALLS[name](assessor)
    suite.experience(assessor)
    suite.survives(assessor)
    assessor = suite.experienced()
    CALLS[name](assessor)
    suite.survives(assessor)


# ---------------------------------------------------------------------- long experiments


def _many_trials(suite: AssessorConformance) -> None:
    """Count the calls inside a decision, instead of timing it."""
    assessor = suite.make()
    counts = []
    for i in range(10_000):
        history = [(37 * i % 101) / 101 + 0.01 * s for s in range(4)]
        suite.play(assessor, f"t{i}", history)
        if i in (1_000, 9_999):
            counts.append(_calls_in(partial(suite.play, assessor, f"p{i}", [0.5, 0.6, 0.7])))
    require(
        counts[1] <= 1.5 * counts[0],
        f"a decision takes {counts[1]} calls after 10,000 trials, {counts[0]} after 1,000",
    )


def _calls_in(action: Callable[[], object]) -> int:
    """Return how many functions, Python's and C's, an action calls."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


# ---------------------------------------------------------------------- resume


def _resumed(suite: AssessorConformance) -> None:
    """NNI starts it anew and calls load_checkpoint; half a line at the end does no harm."""
    with _checkpoints() as directory:
        assessor = suite.experienced()
        for path in directory.iterdir():
            with path.open("a", encoding="utf-8") as file:
                file.write('{"event": "cur')
        resumed = suite.make()
        resumed.load_checkpoint()
        before, after = (_answers(suite, a) for a in (assessor, resumed))
    require(before == after, "it decides otherwise than before")


def _answers(suite: AssessorConformance, assessor: Any) -> list[list[Any]]:
    curves = [suite.curve(level) for level in _LEVELS]
    return [
        [assessor.assess_trial(f"r{i}", curve[: s + 1]) for s in range(suite.steps)]
        for i, curve in enumerate(curves)
    ]


@contextmanager
def _checkpoints() -> Iterator[Path]:
    """Point NNI's environment variable to a directory for checkpoints."""
    previous = os.environ.get(_DIRECTORY)
    with tempfile.TemporaryDirectory() as directory:
        os.environ[_DIRECTORY] = directory
        try:
            yield Path(directory)
        finally:
            del os.environ[_DIRECTORY]
            if previous is not None:
                os.environ[_DIRECTORY] = previous


CASES = (
    Case("decisions", "the first trial goes on", _first_goes_on),
    Case("decisions", "a hopeless trial is stopped and stays so", _hopeless_is_stopped),
    Case("decisions", "the best trial goes on", _best_goes_on),
    Case("decisions", "chance has no say", _chance_has_no_say),
    *each("histories", HISTORIES, _history),
    *each("no histories", NOT_HISTORIES, _no_history),
    *each("order of calls", CALLS, _calls),
    Case("long experiments", "10,000 trials do not slow it down", _many_trials),
    Case("resume", "a resumed assessor decides as before", _resumed),
)
