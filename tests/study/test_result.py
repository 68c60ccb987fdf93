"""What an experiment came to, computed and shown."""

from __future__ import annotations

import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from nni_hpo_ext.config import objectives
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import write_json
from nni_hpo_ext.study import End, read_journal, read_study, show_result, to_json
from nni_hpo_ext.types import Objective

TWO = {
    "tuner": {
        "name": "Dragonfly",
        "classArgs": {"objectives": {"default": "maximize", "size": "minimize"}},
    }
}


def shown(directory: Path, width: int = 80) -> str:
    out = StringIO()
    show_result(read_study(directory), Console(file=out, width=width, markup=False))
    return out.getvalue()


@pytest.mark.parametrize(
    ("tuner", "expected"),
    [
        ({"name": "Random"}, "maximize"),
        ({"name": "TPE"}, "minimize"),  # NNI's own default of that tuner
        ({"name": "TPE", "classArgs": {"optimize_mode": "maximize"}}, "maximize"),
        ({"className": "mine.Tuner", "classArgs": {"optimize_mode": "minimize"}}, "minimize"),
        ({"className": "mine.Tuner"}, "maximize"),
    ],
)
def test_the_direction_of_a_single_objective(tuner: dict[str, Any], expected: str) -> None:
    assert objectives({"tuner": tuner})[0] == (Objective("default", expected),)  # type: ignore[arg-type]


def test_the_assessor_tells_the_direction_if_the_tuner_does_not() -> None:
    config = {"tuner": {"name": "Random"}, "assessor": {"classArgs": {"optimize_mode": "minimize"}}}
    assert objectives(config) == ((Objective("default", "minimize"),), False)


def test_the_objective_that_the_config_lists_first_ranks() -> None:
    config = {"tuner": {"classArgs": {"objectives": {"size": "minimize", "default": "maximize"}}}}
    declared = (Objective("size", "minimize"), Objective("default", "maximize"))
    assert objectives(config) == (declared, True)


def test_objectives_that_our_tuners_refuse_declare_nothing() -> None:
    config = {"tuner": {"classArgs": {"objectives": {"size": None}}}}
    assert objectives(config) == ((Objective("default", "maximize"),), False)


def test_the_older_form_gives_the_objectives(experiment: Any) -> None:
    experiment.trial(0, {"flops": 3, "default": 0.9, "maximize": ["default"]})
    goals = read_study(experiment.directory).objectives
    assert goals == (Objective("default", "maximize"), Objective("flops", "minimize"))


def test_best_is_by_direction_and_the_earliest_of_equals(experiment: Any) -> None:
    experiment.config({"tuner": {"classArgs": {"optimize_mode": "minimize"}}})
    for number, value in enumerate([0.5, 0.2, 0.2, 0.9]):
        experiment.trial(number, value)
    best = read_study(experiment.directory).best
    assert best is not None
    assert best.number == 1


def test_the_front_leaves_out_dominated_stopped_and_failed_trials(experiment: Any) -> None:
    experiment.config(TWO)
    experiment.trial(0, {"default": 0.9, "size": 10})
    experiment.trial(1, {"default": 0.8, "size": 5})
    experiment.trial(2, {"default": 0.8, "size": 9})  # dominated by 1
    experiment.trial(3, {"default": 0.99, "size": 1, "partial": True})
    experiment.trial(4, {"default": None, "size": math.nan})
    result = read_study(experiment.directory)
    assert [t.number for t in result.front] == [0, 1]
    assert [t.end for t in result.trials[2:]] == [End.SUCCEEDED, End.STOPPED, End.FAILED]
    assert "'size' is nan" in result.trials[4].reason
    assert result.best is not None
    assert result.best.number == 0


def test_a_trial_without_any_objective_failed_and_says_what_is_missing(experiment: Any) -> None:
    experiment.config(TWO)
    experiment.trial(0, {"accuracy": 0.9})
    result = read_study(experiment.directory)
    assert result.best is None
    assert "objective 'default' is missing" in result.trials[0].reason


def test_epochs_saved_count_against_the_longest_completed_curve(experiment: Any) -> None:
    experiment.trial(0, 1.0, steps=10)
    experiment.trial(1, 1.0, steps=8)
    experiment.trial(2, {"default": 0.1, "partial": True}, steps=3)
    experiment.trial(3, {"default": 0.1, "partial": True}, steps=4)
    savings = read_study(experiment.directory).savings
    assert savings is not None
    assert (savings.steps, savings.full, savings.stopped) == (13, 10, 2)
    assert "saved 13 epochs" in shown(experiment.directory)


def test_without_a_completed_trial_nothing_is_claimed_to_be_saved(experiment: Any) -> None:
    experiment.trial(0, {"default": 0.1, "partial": True}, steps=3)
    assert read_study(experiment.directory).savings is None


def test_the_journals_are_read_up_to_a_torn_line(experiment: Any) -> None:
    lines = [
        {"event": "suggest", "id": 0, "params": {}, "arm": "gp", "probability": 1.0},
        {"event": "fallback", "id": 1, "error": "arm GP-EI failed"},
        {"event": "fallback", "id": 1, "error": "Traceback\nLinAlgError: singular"},
        {"event": "suggest", "id": 1, "params": {}, "arm": "random", "probability": 1.0},
        {"event": "result", "id": 0, "status": "failed", "reason": "'default' is NaN"},
        {"event": "result", "id": 1, "status": "completed", "values": {"default": 1}},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    experiment.journal("journal.jsonl", text + '{"event": "fallback", "id": 2, "err')
    experiment.journal(
        "assessor.jsonl", '{"event": "stop", "trial": "job0", "reason": "slow"}\n7\n'
    )
    journal = read_journal(experiment.directory)
    assert len(journal.fallbacks) == 2
    assert journal.rejected == ("'default' is NaN",)
    assert journal.arms == {"gp": 1, "random": 1}
    assert journal.stops == {"job0": "slow"}
    text = shown(experiment.directory)
    flat = text.replace("\n", " ")
    assert "Fallback: 1 of 2 suggestions came from another component" in flat
    assert "last: LinAlgError: singular" in flat


def test_the_assessors_reason_is_the_stops(experiment: Any) -> None:
    experiment.trial(0, {"default": 0.1, "partial": True})
    experiment.journal(
        "assessor.jsonl", '{"event": "stop", "trial": "job0", "reason": "below the median"}\n'
    )
    assert read_study(experiment.directory).trials[0].reason == "below the median"


def test_json_is_strict_and_complete(experiment: Any, tmp_path: Path) -> None:
    experiment.config(TWO)
    experiment.trial(0, {"default": 0.9, "size": 10}, steps=1)
    experiment.submit("nan", 1, 1, {"x": 1})
    experiment.report("nan", 1, math.nan)
    file = tmp_path / "result.json"
    write_json(file, to_json(read_study(experiment.directory)))
    read = json.loads(file.read_text(), parse_constant=pytest.fail)
    assert read["best"]["values"] == {"default": 0.9, "size": 10.0}
    assert [t["number"] for t in read["pareto_front"]] == [0]
    assert read["counts"]["succeeded"] == 1
    assert read["trials"][1]["curve"] == [[0, None]]


def test_json_to_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no_dir"):
        write_json(tmp_path / "no_dir" / "r.json", {})


def test_what_is_shown_fits_80_columns(experiment: Any) -> None:
    experiment.config(TWO)
    for number in range(3):
        job = f"j{number}"
        params = {f"LONG_PARAMETER_NAME_{i}": number + i / 7 for i in range(8)} | {"same": "[x]"}
        experiment.submit(job, number, number, params)
        final = {"default": 0.9 + number / 100, "size": 10 + number}
        experiment.report(job, number, final, final=True)
        experiment.event(job, "SUCCEEDED", number)
    text = shown(experiment.directory)
    body = [line for line in text.splitlines() if not line.startswith("Files:")]
    assert max(map(len, body)) <= 80
    assert "Pareto front: 3 trials" in text
    assert "the same in all: same=[x]" in text
    assert "LONG_PARAMETER_NAME_7" in text


def test_no_trial_at_all(experiment: Any) -> None:
    assert "Trials: 0 (none started)" in shown(experiment.directory)


def test_among_equals_the_best_is_the_one_on_the_front(experiment: Any) -> None:
    experiment.config(
        {"tuner": {"classArgs": {"objectives": {"acc": "maximize", "s": "minimize"}}}}
    )
    for number, (acc, seconds) in enumerate([(0.9, 8.0), (0.9, 4.0), (0.8, 1.0)]):
        experiment.trial(number, {"acc": acc, "s": seconds})
    result = read_study(experiment.directory)
    assert result.best is not None
    assert result.best.number == 1
    assert [t.number for t in result.front] == [1, 2]


def test_a_trial_that_misses_one_objective_succeeded_but_is_not_on_the_front(
    experiment: Any,
) -> None:
    experiment.config(
        {"tuner": {"classArgs": {"objectives": {"acc": "maximize", "s": "minimize"}}}}
    )
    experiment.trial(0, {"acc": 0.9})
    experiment.trial(1, {"acc": 0.5, "s": 1.0})
    result = read_study(experiment.directory)
    assert [t.end for t in result.trials] == [End.SUCCEEDED] * 2
    assert [t.number for t in result.front] == [1]


def test_a_best_trial_that_misses_an_objective_is_shown_with_what_it_has(experiment: Any) -> None:
    experiment.config(TWO)
    experiment.trial(0, {"default": 0.9})
    assert "default=0.9\n" in shown(experiment.directory)


def test_reasons_that_differ_in_numbers_are_one_group(experiment: Any) -> None:
    experiment.trial(0, 1.0)
    for number in (1, 2, 3):
        experiment.trial(number, {"default": f"{number}.5 not a number"})
    experiment.trial(4, status="FAILED")
    text = " ".join(shown(experiment.directory).split())
    assert "3 trials failed, like trial 1:" in text
    assert "'1.5 not a number'" in text
    assert "2.5" not in text
    assert "trial 4 failed:" in text


@pytest.mark.parametrize("no_color", [False, True])
def test_colours_on_a_terminal_only(
    experiment: Any, no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1") if no_color else monkeypatch.delenv("NO_COLOR", False)
    experiment.trial(0, 1.0)
    experiment.trial(1, status="FAILED")
    out = StringIO()
    show_result(read_study(experiment.directory), Console(file=out, force_terminal=True, width=80))
    assert ("\x1b[31m1 failed" in out.getvalue()) is not no_color
    assert ("\x1b[1;32mBest by" in out.getvalue()) is not no_color
    assert "\x1b" not in shown(experiment.directory)
