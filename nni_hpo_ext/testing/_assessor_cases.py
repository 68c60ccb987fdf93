"""Conformance checks for NNI assessors."""

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


def _first_runs_on(suite: AssessorConformance) -> None:
    """Check that the first trial runs on: there is nothing to compare it with."""
    answers = suite.play(suite.make(), "first", suite.curve(-1.0))
    require(set(answers) == {_GOOD}, "it is stopped")


def _hopeless_is_stopped(suite: AssessorConformance) -> None:
    """Check that a hopeless trial is stopped; NNI keeps asking until it has ended."""
    assessor, poor = suite.experienced(), [0.01] * suite.steps
    answers = [assessor.assess_trial("poor", poor[: s + 1]) for s in range(suite.steps)]
    require(_BAD in answers, "it is not stopped")
    later = answers[answers.index(_BAD) :]
    later.append(assessor.assess_trial("poor", [*poor, 1e9]))
    require(set(later) == {_BAD}, "asked again after Bad, it says Good")


def _best_runs_on(suite: AssessorConformance) -> None:
    """Check that a trial runs on that is ahead of all others at every step."""
    answers = suite.play(suite.experienced(), "best", suite.curve(2.0))
    require(set(answers) == {_GOOD}, "it is stopped")


def _deterministic(suite: AssessorConformance) -> None:
    """Check that equal calls get equal answers, without using global random generators."""
    before = random_states()
    answers = []
    for _ in range(2):
        assessor = suite.experienced()
        levels = [0.1 * i for i in range(20)]
        answers.append([suite.play(assessor, f"t{v}", suite.curve(v)) for v in levels])
    require(answers[0] == answers[1], "the same calls get different answers the second time")
    require(random_states() == before, "a global random generator was used")


# ---------------------------------------------------------------------- bad input


def _history(suite: AssessorConformance, name: str) -> None:
    """Check an odd history of the first, a running, a completed and a failed trial."""
    assessor = suite.make()
    suite.play(assessor, "first", HISTORIES[name])
    suite.experience(assessor)
    suite.play(assessor, "completed", HISTORIES[name])
    suite.play(assessor, "failed", HISTORIES[name], success=False)
    assessor.assess_trial("running", HISTORIES[name])
    suite.survives(assessor)


def _invalid_history(suite: AssessorConformance, name: str) -> None:
    """Check that a trial without a valid history runs on."""
    assessor = suite.experienced()
    answer = assessor.assess_trial("odd", NOT_HISTORIES[name])
    require(answer is _GOOD, f"the answer is {answer!r}, not Good")
    assessor.trial_end("odd", True)
    suite.survives(assessor)


def _calls(suite: AssessorConformance, name: str) -> None:
    """Check an odd order of calls at the start and later."""
    assessor = suite.make()
    CALLS[name](assessor)
    suite.experience(assessor)
    suite.survives(assessor)
    assessor = suite.experienced()
    CALLS[name](assessor)
    suite.survives(assessor)


# ---------------------------------------------------------------------- long experiments


def _many_trials(suite: AssessorConformance) -> None:
    """Check that decisions do not slow down, by counting function calls instead of time."""
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
    """Return the number of Python and C functions that an action calls."""
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
    """Check that it decides as before after a restart, even if the last line is truncated."""
    with _checkpoints() as directory:
        assessor = suite.experienced()
        for path in directory.iterdir():
            with path.open("a", encoding="utf-8") as file:
                file.write('{"event": "cur')
        resumed = suite.make()
        resumed.load_checkpoint()
        before, after = (_answers(suite, a) for a in (assessor, resumed))
    require(before == after, "it decides differently after a resume")


def _answers(suite: AssessorConformance, assessor: Any) -> list[list[Any]]:
    curves = [suite.curve(level) for level in _LEVELS]
    return [
        [assessor.assess_trial(f"r{i}", curve[: s + 1]) for s in range(suite.steps)]
        for i, curve in enumerate(curves)
    ]


@contextmanager
def _checkpoints() -> Iterator[Path]:
    """Point NNI's environment variable to a temporary checkpoint directory."""
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
    Case("decisions", "the first trial runs on", _first_runs_on),
    Case("decisions", "a hopeless trial is stopped and stays stopped", _hopeless_is_stopped),
    Case("decisions", "the best trial runs on", _best_runs_on),
    Case("decisions", "decisions are deterministic", _deterministic),
    *each("histories", HISTORIES, _history),
    *each("invalid histories", NOT_HISTORIES, _invalid_history),
    *each("order of calls", CALLS, _calls),
    Case("long experiments", "10,000 trials do not slow it down", _many_trials),
    Case("resume", "a resumed assessor decides as before", _resumed),
)
