"""`nni-hpo report`: every source, every format, and one clear line for what cannot be read."""

from __future__ import annotations

import csv
import io
import json
import math
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from report_studies import GOALS, SPACE, make_study, two_objectives
from typer.testing import CliRunner

from nni_hpo_ext.cli import app, main
from nni_hpo_ext.config import load_config
from nni_hpo_ext.report import make_report
from nni_hpo_ext.report._rerun import rerun
from nni_hpo_ext.study import load_study
from nni_hpo_ext.trace import read_trace


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def with_trials(experiment: Any, n: int = 12) -> Any:
    experiment.config(
        {
            "experimentName": "tests",
            "searchSpace": {"x": {"_type": "randint", "_value": [0, 100]}},
            "maxTrialNumber": n,
            "tuner": {"name": "Random"},
        }
    )
    for number in range(n):
        experiment.trial(number, {"default": number / n, "time": 1.5}, steps=3)
    return experiment


@pytest.mark.parametrize("name", ["r.html", "r.md", "r.json", "r.csv"])
def test_the_ending_decides_the_format(experiment: Any, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    result = run(with_trials(experiment).directory, "--out", out)
    assert result.exit_code == 0, result.output
    starts = {
        ".html": "<!DOCTYPE html>",
        ".md": "# tests (exp1)",
        ".json": "{",
        ".csv": "experiment,",
    }
    assert out.read_text().startswith(starts[out.suffix])


def test_json_holds_all_numbers(experiment: Any, tmp_path: Path) -> None:
    out = tmp_path / "r.txt"
    made = with_trials(experiment, n=24)
    assert run(made.directory, "--out", out, "--format", "json").exit_code == 0
    read = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert read["best"]["number"] == 23
    assert read["next_search_space"]["search_space"] == read["search_space"]
    assert read["importance"]["default"]["parameters"]["x"]["share"] == pytest.approx(1.0)
    assert len(read["progress"]["default"]) == 24


def test_csv_has_a_line_per_trial_with_nested_parameters() -> None:
    study = make_study(two_objectives, n=12, goals=GOALS)
    rows = list(csv.DictReader(io.StringIO(make_report(study, "csv"))))
    assert [int(r["trial"]) for r in rows] == list(range(12))
    for row, trial in zip(rows, study.trials, strict=True):
        params = dict(trial.params or {})
        assert float(row["param.rate"]) == params["rate"]
        assert row["param.head"] == params["head"]["_name"]
        assert row["param.head.units"] == str(params["head"].get("units", ""))
        assert float(row["metric.default"]) == trial.values["default"]


def test_markdown_has_what_papers_need() -> None:
    text = make_report(make_study(two_objectives, n=60, goals=GOALS), "md")
    for part in (
        "Best trials by default",
        "Pareto-optimal trials",
        "Importance for runtime",
        "Arms",
    ):
        assert f"**{part}**" in text
    assert '"rate": {"_type": "loguniform"' in text


# ------------------------------------------------------------------ run it again


COMMANDS = [
    "branin 8 -m RANDOM",
    "branin 7 -m TPE -s EI --workers 2 --seed 3 --suggest-cost 0.5",
    "branin 9 --tuner nni.algorithms.hpo.tpe_tuner.TpeTuner",
    "branin 1 -m RANDOM -e TIME -et 40",
    "digits 12 -m RANDOM --assessor median --workers 3",
    "branin 200 -m RANDOM -e GOAL -eg 2.0 --repeats 1",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_of_a_simulation_repeats_it(command: str, tmp_path: Path) -> None:
    traces = []
    for name in ("first", "second"):
        path = tmp_path / name
        arguments = ["simulate", *shlex.split(command), "--out", str(path)]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        traces.append(read_trace(path))
        what, language = rerun(load_study(str(path)))
        assert language == "sh"
        command = what.splitlines()[0].removeprefix("nni-hpo simulate ")
    assert traces[0][0].trials == traces[1][0].trials


def test_class_arguments_of_a_simulation_are_told(tmp_path: Path) -> None:
    conf, path = tmp_path / "conf.yml", tmp_path / "trace"
    conf.write_text("tuner: {num_init_evals: 4}\n")
    arguments = ["simulate", "branin", "6", "-m", "TPE", "-c", str(conf), "--out", str(path)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    what, _ = rerun(load_study(str(path)))
    assert "-c arguments.yml" in what
    assert "#     num_init_evals: 4" in what


def test_the_config_of_an_experiment_is_one_that_nni_takes(experiment: Any, tmp_path: Path) -> None:
    source = tmp_path / "config.yml"
    source.write_text(
        json.dumps(
            {
                "searchSpace": SPACE,
                "trialCommand": "exec python3 trial.py",
                "trialCodeDirectory": ".",
                "trialConcurrency": 2,
                "maxTrialNumber": 5,
                "tuner": {"name": "Random", "classArgs": {"seed": 1}},
                "trainingService": {"platform": "local"},
            }
        )
    )
    config = load_config(source).json()
    experiment.config(config)
    experiment.trial(0, 1.0)
    again = tmp_path / "again.yml"
    again.write_text(rerun(load_study(str(experiment.directory)))[0])
    assert load_config(again).json() == config


# ------------------------------------------------------------------ what cannot be read


def line_of(monkeypatch: pytest.MonkeyPatch, capsys: Any, *arguments: object) -> str:
    """Return what the command prints to stderr when it fails; it must be a single line."""
    monkeypatch.setattr("sys.argv", ["nni-hpo", "report", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    return str(line)


def half_written(directory: Path) -> None:
    path = directory / "db" / "nni.sqlite"
    path.write_bytes(path.read_bytes()[:5000])


def no_sequence(directory: Path) -> None:
    with sqlite3.connect(directory / "db" / "nni.sqlite") as db:
        db.execute("alter table MetricData drop column sequence")


def empty(directory: Path) -> None:
    (directory / "db" / "nni.sqlite").write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (half_written, "nni.sqlite"),
        (no_sequence, "another version of NNI"),
        (empty, "no trial has started"),
    ],
)
def test_a_damaged_experiment_is_one_clear_line(
    experiment: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, harm: Any, said: str
) -> None:
    harm(with_trials(experiment, n=20).directory)
    assert said in line_of(monkeypatch, capsys, experiment.directory)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "no experiment with this id"),
        (".", "NNI database not found"),
        ("http://127.0.0.1:9", "NNI manager"),
    ],
)
def test_a_source_that_is_none_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, source: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert said in line_of(monkeypatch, capsys, source)


def test_a_locked_database_is_one_clear_line(
    experiment: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("nni_hpo_ext.database._BUSY_SECONDS", 0.0)
    monkeypatch.setattr("nni_hpo_ext.database._PAUSE_SECONDS", 0.0)
    with_trials(experiment, n=2)
    writer = sqlite3.connect(experiment.directory / "db" / "nni.sqlite")
    writer.execute("begin exclusive")
    assert "locked; try again" in line_of(monkeypatch, capsys, experiment.directory)
    writer.rollback()


@pytest.mark.parametrize("format", ["html", "md", "json", "csv"])
def test_an_experiment_with_nothing_but_nan_is_reported_as_such(
    experiment: Any, tmp_path: Path, format: str
) -> None:
    with_trials(experiment, n=0)
    for number in range(3):
        experiment.trial(number, {"default": math.nan}, steps=0)
        experiment.report(f"job{number}", number, math.nan, step=0)
    out = tmp_path / f"r.{format}"
    result = run(experiment.directory, "--out", out)
    assert result.exit_code == 0, result.output
    assert "no trial has a usable result" in result.stderr
    assert "'default' is nan, not a finite number" in out.read_text().replace("&#39;", "'")
