"""`nni-hpo export`: every trial and every metric, in rows that other programs can read."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.study import curve_rows, read_study, to_csv, trial_rows

FORMULAS = ("=", "+", "-", "@")


def export(*args: str) -> str:
    done = CliRunner().invoke(app, ["export", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def swapped(experiment: Any) -> Any:
    """Two trials that got each other's parameters, a dict of metrics, a nested choice."""
    experiment.submit("a", 0, 0, {"x": 0.25, "layer": {"_name": "none"}})
    experiment.submit("b", 1, 1, {"x": 0.75, "layer": {"_name": "conv", "size": {"_name": "big"}}})
    experiment.report("a", 1, {"default": 0.5, "loss": 2.0})
    experiment.report("a", 1, {"default": 0.8, "loss": 1.0}, step=1)
    experiment.report("a", 1, math.nan, step=2)
    experiment.report("a", 1, {"default": 0.7, "note": "=1+1"}, final=True)
    experiment.report("b", 0, 0.25, final=True)
    for number, job in enumerate("ab"):
        experiment.event(job, "SUCCEEDED", number)
    experiment.journal(
        "journal.jsonl",
        json.dumps({"event": "suggest", "id": 0, "params": {"x": 0.25, "layer": {"_name": "none"}},
                    "arm": "ehvi"}) + "\n",
    )  # fmt: skip
    return experiment


def test_a_row_a_trial_with_what_it_really_received(swapped: Any) -> None:
    first, second = table(export(str(swapped.directory)))
    assert (first["param.x"], second["param.x"]) == ("0.75", "0.25")
    assert (first["param.layer"], second["param.layer"]) == ("conv", "none")
    assert (first["param.layer.size"], second["param.layer.size"]) == ("big", "")
    assert (first["metric.default"], second["metric.default"]) == ("0.7", "0.25")
    assert (first["epochs"], first["best_intermediate"]) == ("3", "0.8")
    assert (first["arm"], second["arm"]) == ("", "ehvi")
    assert first["status"] == "succeeded"
    assert first["started"].endswith("+00:00")
    assert float(first["seconds"]) > 0


def test_what_a_trial_reports_is_no_formula(swapped: Any) -> None:
    first, _ = table(export(str(swapped.directory)))
    assert first["metric.note"] == "'=1+1"


def test_curves_have_a_row_for_each_number(swapped: Any) -> None:
    rows = table(export(str(swapped.directory), "--curves"))
    assert [(r["step"], r["metric"], r["value"]) for r in rows] == [
        ("0", "default", "0.5"),
        ("0", "loss", "2.0"),
        ("1", "default", "0.8"),
        ("1", "loss", "1.0"),
        ("2", "default", ""),
    ]


def test_json_to_a_file(swapped: Any, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    assert export(str(swapped.directory), "--json", "--out", str(file)) == f"{file}: 2 trials\n"
    content = json.loads(file.read_text())
    assert [t["parameters"]["x"] for t in content["trials"]] == [0.75, 0.25]
    assert [t["arm"] for t in content["trials"]] == [None, "ehvi"]


def test_a_trace_with_several_optimisations(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    command = ["simulate", "branin", "3", "--repeats", "2", "-m", "RANDOM", "--out", str(trace)]
    assert CliRunner().invoke(app, command).exit_code == 0
    rows = table(export(str(trace)))
    assert [r["experiment"] for r in rows] == ["RANDOM, repeat 0"] * 3 + ["RANDOM, repeat 1"] * 3
    assert {"param.x1", "metric.default"} <= set(rows[0])
    assert len(json.loads(export(str(trace), "--json"))) == 2


def test_an_experiment_without_trials_has_no_rows(experiment: Any) -> None:
    study = read_study(experiment.directory)
    assert [*trial_rows(study), *curve_rows(study)] == []


@given(st.text(), st.text(min_size=1), st.floats() | st.booleans() | st.none())
def test_any_text_comes_back_and_none_is_a_formula(text: str, key: str, number: Any) -> None:
    head, cells = csv.reader(to_csv([{key: text, "n" + key: number}]).splitlines())
    assert [cell.removeprefix("'") for cell in (head[0], cells[0])] == [
        " ".join(value.splitlines()).removeprefix("'") for value in (key, text)
    ]
    assert not head[0].startswith(FORMULAS)
    assert not cells[0].startswith(FORMULAS)
    if isinstance(number, float) and math.isfinite(number):
        assert float(cells[1]) == number
