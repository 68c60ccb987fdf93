"""`nni-hpo compare`: who is compared with whom, and what is claimed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.compare import (
    Comparison,
    as_csv,
    as_html,
    as_json,
    as_markdown,
    compare,
    show,
    tasks,
)
from nni_hpo_ext.study import End, JournalView, Study, TrialRecord
from nni_hpo_ext.types import Direction, Objective

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}


def study(
    tuner: str, values: Sequence[float | None], *, direction: Direction = "maximize", **config: Any
) -> Study:
    """An experiment whose i-th trial ends after 10 (i + 1) seconds; None is one that failed."""
    trials = tuple(
        TrialRecord(
            number=i,
            job_id=f"j{i}",
            end=End.FAILED if value is None else End.SUCCEEDED,
            params={"x": 0.5},
            values={} if value is None else {"default": value},
            started=100.0 + 10 * i,
            ended=110.0 + 10 * i,
        )
        for i, value in enumerate(values)
    )
    algorithm = {"name": tuner, "classArgs": {"seed": 1, **config.pop("args", {})}}
    defaults = {"trialCommand": "python3 t.py", "trialCodeDirectory": "/home/me/vgg16"}
    return Study(
        id=f"{tuner}{len(values)}",
        name="night",
        place="somewhere",
        directory=None,
        config={**defaults, "tuner": algorithm, **config},
        space=SPACE,
        objectives=(Objective("default", direction),),
        trials=trials,
        journal=JournalView(),
        began=100.0,
        ended=200.0,
    )


def compared(*studies: Study, **options: Any) -> Comparison:
    (task,) = tasks(studies, **options)
    return compare(task)


def said(*comparisons: Comparison) -> str:
    out = io.StringIO()
    show(comparisons, Console(file=out, width=80, markup=False, highlight=False))
    return out.getvalue()


# ------------------------------------------------------------------------------ who with whom


def test_runs_of_a_tuner_are_one_row_whatever_their_seeds() -> None:
    runs = [study("A", [0.5]), study("B", [0.4]), study("A", [0.7], args={"seed": 2})]
    (task,) = tasks(runs)
    assert task.model == "vgg16"
    assert [(g.tuner, len(g.studies)) for g in task.groups] == [("A", 2), ("B", 1)]


def test_tuners_of_one_name_are_told_apart_by_their_arguments_and_assessors() -> None:
    stop = {"name": "MedianStopAssessor"}
    (task,) = tasks(
        [
            study("Diversified", [1.0], args={"spec": "SEQ"}),
            study("Diversified", [1.0], args={"spec": "auto"}),
            study("TPE", [1.0], assessor=stop),
        ]
    )
    assert [g.tuner for g in task.groups] == [
        "Diversified (spec=SEQ) without early stopping",
        "Diversified (spec=auto) without early stopping",
        "TPE with MedianStopAssessor",
    ]


@pytest.mark.parametrize(
    "other",
    [{"trialCommand": "python3 t.py --width 2"}, {"trialCodeDirectory": "/x/lenet5"}],
    ids=["command", "model"],
)
def test_other_tasks_are_compared_apart_unless_asked(other: dict[str, str]) -> None:
    runs = [study("A", [0.5]), study("B", [0.4], **other)]
    assert len(tasks(runs)) == 2
    assert [s.group.tuner for s in compared(*runs, as_one=True).standings] == ["A", "B"]


def test_where_an_experiment_ran_does_not_matter() -> None:
    runs = [study("A", [0.5]), study("B", [0.4], trialCodeDirectory="/other/vgg16")]
    assert len(tasks(runs)) == 1


# ------------------------------------------------------------------------------ what is claimed


def test_one_run_of_each_claims_nothing() -> None:
    result = compared(study("A", [0.1]), study("B", [0.9]))
    assert [s.p for s in result.standings] == [None, None]
    text = said(result)
    assert "Not tested: a single run of a tuner says nothing" in text
    assert "better" not in text


def test_samples_apart_are_shown_to_differ() -> None:
    good, bad = (
        [study("A", [0.9 + i / 100]) for i in range(8)],
        [study("B", [0.5 + i / 100]) for i in range(8)],
    )
    result = compared(*bad, *good)
    assert [s.group.tuner for s in result.standings] == ["A", "B"]
    assert result.standings[1].p == pytest.approx(2 / 12870)  # 2 / (16 over 8)
    assert "A is significantly better than B." in said(result)
    low, high = result.standings[0].best.interval or (0, 0)
    assert low < 0.935 < high < 0.96


def test_three_runs_of_each_are_too_few_and_it_says_so() -> None:
    runs = [study(t, [b + i / 100]) for t, b in (("A", 0.9), ("B", 0.1)) for i in range(3)]
    result = compared(*runs)
    assert not any(s.worse for s in result.standings)
    assert "There are too few runs to show any" in " ".join(said(result).split())


def test_chance_is_rarely_taken_for_a_difference() -> None:
    rng = np.random.default_rng(0)
    claims = 0
    for _ in range(60):
        runs = [study(t, [v]) for t in "ABC" for v in rng.standard_normal(6)]
        claims += any(s.worse for s in compared(*runs).standings)
    # The best of three is looked for first, so it is a little more than one in twenty.
    assert claims <= 6


def test_a_run_without_a_result_counts_as_the_worst() -> None:
    result = compared(study("A", [None]), study("A", [0.9]), study("B", [0.5]), study("B", [0.5]))
    assert [s.group.tuner for s in result.standings] == ["B", "A"]
    assert result.standings[1].best.value == 0.9
    assert result.standings[1].seconds_to_common.value == float("inf")
    assert "2 x 1 (1 without a result)" in as_markdown([result])


def test_times_to_the_best_value_and_to_what_all_reached() -> None:
    result = compared(
        study("A", [0.9, 0.5, 0.1], direction="minimize"),
        study("B", [0.6, 0.4, 0.3], direction="minimize"),
    )
    first, second = result.standings
    assert (first.group.tuner, first.best.value, first.seconds_to_best.value) == ("A", 0.1, 30.0)
    assert result.common == 0.3
    assert (first.seconds_to_common.value, second.seconds_to_common.value) == (30.0, 30.0)


def test_fronts_are_measured_in_a_box_that_all_runs_share() -> None:
    goals = (Objective("default", "maximize"), Objective("size", "minimize"))

    def of_two(tuner: str, points: Sequence[tuple[float, float]]) -> Study:
        one = study(tuner, [value for value, _ in points])
        trials = (
            replace(t, values={"default": v, "size": s})
            for t, (v, s) in zip(one.trials, points, strict=True)
        )
        return replace(one, objectives=goals, trials=tuple(trials))

    result = compared(of_two("A", [(1.0, 30.0), (0.5, 10.0)]), of_two("B", [(0.0, 20.0)]))
    # The box is [0, 1] x [10, 30]; half of it lies below the first front, nothing below the other.
    assert [s.volume.value for s in result.standings if s.volume] == [0.5, 0.0]
    assert "Front: mean hypervolume" in as_markdown([result])
    assert compared(study("A", [1.0]), study("B", [2.0])).standings[0].volume is None


def test_what_makes_it_unfair_is_said() -> None:
    text = said(compared(study("A", [1.0], maxTrialNumber=5), study("B", [1.0], maxTrialNumber=9)))
    assert "The configured numbers of trials differ: 5, 9." in text


# ------------------------------------------------------------------------------ formats

HOSTILE = "<img src=x onerror=alert(1)>|*"


def test_every_format_holds_every_tuner_and_takes_names_for_text() -> None:
    runs = [study(HOSTILE, [0.5, 0.7]), study(HOSTILE, [0.6, 0.8]), study("B", [0.9])]
    result = [compared(*runs)]
    rows = list(csv.DictReader(io.StringIO(as_csv(result))))
    assert [(r["tuner"], r["runs"], r["best"]) for r in rows] == [
        ("B", "1", "0.9"),
        (HOSTILE, "2", "0.75"),
    ]
    (content,) = json.loads(as_json(result))
    assert [t["tuner"] for t in content["tuners"]] == ["B", HOSTILE]
    assert content["tuners"][1]["runs"][0]["steps"] == [[10.0, 0.5], [20.0, 0.7]]
    assert r"\<img src=x onerror=alert(1)\>\|\*" in as_markdown(result)
    assert "<img" not in as_html(result).partition("<main>")[2].partition("</main>")[0]
    assert max(map(len, said(*result).splitlines())) <= 80


def test_nothing_ended_yet() -> None:
    result = compared(study("A", []), study("B", [None]))
    assert "none" in said(result)
    assert json.loads(as_json([result]))[0]["tuners"][0]["best"] is None
    assert as_html([result])


# ------------------------------------------------------------------------------ the command


def run(*args: str) -> str:
    done = CliRunner().invoke(app, ["compare", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    command = ["simulate", "branin", "4", "--repeats", "3", "--compare", "RANDOM,TPE"]
    assert CliRunner().invoke(app, [*command, "--out", str(path)]).exit_code == 0
    return path


def test_a_trace_is_compared_seed_by_seed(trace: Path, tmp_path: Path) -> None:
    assert "paired by seed" in run(str(trace)).replace("\n", " ")
    (content,) = json.loads(run(str(trace), "--format", "json"))
    assert {t["tuner"] for t in content["tuners"]} == {"RANDOM", "TPE"}
    page = tmp_path / "compare.html"
    assert run(str(trace), "--out", str(page)) == f"{page}: 6 runs\n"
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_an_experiment_by_its_directory(experiment: Any) -> None:
    experiment.trial(0, 0.25)
    assert "There is only one tuner" in run(str(experiment.directory))


def test_a_name_that_says_no_format_is_refused(trace: Path) -> None:
    done = CliRunner().invoke(app, ["compare", str(trace), "--out", "table.pdf"])
    assert str(done.exception) == "--out table.pdf must end with .html, .md, .json, .csv"
