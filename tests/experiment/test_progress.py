"""The state of a running experiment in words."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from nni_hpo_ext.experiment._progress import Progress, describe
from nni_hpo_ext.render.text import duration, number, parameters
from nni_hpo_ext.study import End, TrialRecord
from nni_hpo_ext.study._text import seconds_of
from nni_hpo_ext.types import Objective

GOALS = (Objective("default", "maximize"),)


def trial(n: int, end: End, value: float | None = None) -> TrialRecord:
    return TrialRecord(n, f"j{n}", end, values={} if value is None else {"default": value})


def test_everything_worth_knowing_is_in_the_line() -> None:
    trials = [
        trial(0, End.SUCCEEDED, 0.8),
        trial(1, End.SUCCEEDED, 0.9),
        trial(2, End.STOPPED, 0.95),
        trial(3, End.FAILED),
        trial(4, End.RUNNING),
    ]
    line = describe({"maxTrialNumber": 8}, trials, GOALS, elapsed=40.0)
    assert line == (
        "4 of 8 trials done (2 succeeded, 1 stopped early, 1 failed); 1 running; "
        "best default=0.9 (trial 1); about 40 s left"
    )


def test_the_time_limit_bounds_the_time_left() -> None:
    config = {"maxTrialNumber": 8, "maxExperimentDuration": "1m"}
    line = describe(config, [trial(0, End.SUCCEEDED, 0.8)], GOALS, elapsed=40.0)
    assert line.endswith("about 20 s left")


def test_before_the_first_trial() -> None:
    assert describe({}, [], GOALS, elapsed=0.0) == "0 trials done"


def test_a_plain_output_gets_a_line_per_change() -> None:
    out = StringIO()
    with Progress(Console(file=out)) as progress:
        progress.show("1 of 2; about 9 s left", 1)
        progress.show("1 of 2; about 8 s left", 2)
        progress.show("2 of 2; about 0 s left", 3)
    assert out.getvalue().splitlines() == [
        "[1 s] 1 of 2; about 9 s left",
        "[3 s] 2 of 2; about 0 s left",
    ]


def test_a_terminal_gets_one_live_line() -> None:
    out = StringIO()
    with Progress(Console(file=out, force_terminal=True, width=80)) as progress:
        progress.show("1 of 2", 1)
        progress.note("careful")
    assert "careful" in out.getvalue()


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [("90m", 5400), ("1h", 3600), ("2d", 172800), ("30s", 30), (45, 45), (None, None)],
)
def test_durations_of_nni(limit: object, seconds: float | None) -> None:
    assert seconds_of(limit) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(9.6, "10 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_values_as_short_text() -> None:
    nested = {"_name": "sgd", "lr": 0.0123}
    assert number(nested) == "sgd(lr=0.0123)"
    assert number({"_name": "adam"}) == "adam"
    assert parameters({"a": 1, "b": [8, 8], "c": None, "d": "relu"}, ["a", "b", "c", "d"]) == (
        "a=1 b=[8, 8] c=null d=relu"
    )
