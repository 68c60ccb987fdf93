"""nni-hpo audit: what it reads, what it finds, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packed_page import page_data
from typer.testing import CliRunner

from nni_hpo_ext.audit import FrontLoss, Recording, Setting, audit, front_loss, load, sweep
from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.types import Objective

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.1, 0.2, 0.9, 0.3)


def curves() -> list[list[float]]:
    return [[level * (1 - 0.5 / s) for s in range(1, 11)] for level in LEVELS]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "curves.json"
    path.write_text(json.dumps(curves()))
    return path


# ------------------------------------------------------------------ verdicts


def test_savings_and_the_winners_fate_are_counted(table: Path) -> None:
    verdict = audit(load(str(table)), Setting("median", {"start_step": 2}))
    stopped = [r for r in verdict.replayed if r.stopped]
    assert {r.trial.name for r in stopped} == {"4", "5", "7"}
    assert verdict.steps_saved == sum(10 - r.steps for r in stopped) > 0
    assert (verdict.best_rank, verdict.regret, verdict.winner_killed) == (1, 0.0, False)


def test_a_killed_winner_is_told() -> None:
    late = [*[0.1] * 8, 0.9, 1.0]
    rows = [*curves()[:5], late, *curves()[6:]]
    recording = Recording.of_curves("late", rows, Objective("x", "maximize"), workers=1)
    verdict = audit(recording, Setting("medianstop"))
    assert verdict.winner_killed
    assert verdict.best_rank == 2
    assert verdict.regret == pytest.approx(1.0 - 0.9 * 0.95)


def test_minimising_mirrors_maximising() -> None:
    def verdict(sign: float, direction: Any) -> tuple[int, int]:
        rows = [[sign * v for v in c] for c in curves()]
        recording = Recording.of_curves("x", rows, Objective("x", direction), workers=2)
        found = audit(recording, Setting("consensus"))
        return found.stopped, found.steps_saved

    assert verdict(1.0, "maximize") == verdict(-1.0, "minimize") > (0, 0)


def test_a_sweep_is_every_combination_of_what_a_rule_takes() -> None:
    options = {"start_step": [0, 5], "beta": [0.1]}
    settings = [str(s) for s in sweep(["median", "compound"], options)]
    assert settings == ["median start_step=0", "median start_step=5", "compound beta=0.1"]
    with pytest.raises(ConfigError, match="--beta is not an argument of median"):
        sweep(["median"], options)


# ------------------------------------------------------------------ experiments


def test_an_experiment_is_replayed_as_it_ran(experiment: Any) -> None:
    """Trials 0 to 3 one after the other, then a poor one."""
    for i, level in enumerate(LEVELS):
        job = f"job{i}"
        experiment.submit(job, i, i, {"x": i})
        for step, value in enumerate(curves()[i]):
            experiment.report(job, i, {"default": value, "loss": -value}, step=step)
        experiment.report(job, i, {"default": level, "loss": -level}, final=True)
        experiment.event(job, "SUCCEEDED", i)
    experiment.submit("running", 99, 99, {"x": 99})
    experiment.report("running", 99, {"default": 0.9, "loss": -0.9}, step=0)
    by_default = load(str(experiment.directory))
    by_loss = load(str(experiment.directory), objective="loss", direction="minimize")
    found = [audit(r, Setting("median")) for r in (by_default, by_loss)]
    assert [{r.trial.name for r in v.replayed if r.stopped} for v in found] == [{"4", "5", "7"}] * 2
    assert by_default.ranking[0] == "6"
    assert by_default.timed
    # Each report is a second apart, and the final one and the end come after the last.
    assert found[0].seconds_saved == found[0].steps_saved + 3 * 2


def test_members_of_the_front_that_a_rule_stops_are_counted(experiment: Any) -> None:
    """The cheap trials are poor, and on the front."""
    goals = {"default": "maximize", "cost": "minimize"}
    config = {
        "tuner": {"name": "Dragonfly", "classArgs": {"objectives": goals}},
        "assessor": {"name": "MedianStopAssessor", "classArgs": {"rule": "median"}},
    }
    experiment.config(config)
    for i, level in enumerate(LEVELS):
        job, cost = str(i), 10 * level
        experiment.submit(job, i, i, {"x": i})
        for step, value in enumerate(curves()[i]):
            report = {"default": value, "cost": cost * (step + 1) / 10}
            experiment.report(job, i, report, step=step)
        experiment.report(job, i, {"default": level, "cost": cost}, final=True)
        experiment.event(job, "SUCCEEDED", i)
    recording = load(str(experiment.directory))
    assert recording.front == {str(i) for i in range(len(LEVELS))}
    seeing, blind = (audit(recording, Setting(rule)) for rule in ("prospect", "median"))
    assert seeing.front_stopped == 0
    assert blind.front_stopped == blind.stopped > 0
    assert load(str(experiment.directory), objective="default").front == frozenset()
    own = front_loss(experiment.directory, config)
    assert own == FrontLoss("median", blind.front_stopped, len(LEVELS))


# ------------------------------------------------------------------ tables


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "0.1,0.2,0.3\n0.4,0.5,\n"),
        ("t.csv", "lr,acc_2,acc_10,acc_1\n7,0.2,0.3,0.1\n7,0.5,,0.4\n"),
        ("t.json", "[[0.1, 0.2, 0.3], [0.4, 0.5, null]]"),
        ("t.json", '{"a": [0.1, 0.2, 0.3], "b": [0.4, 0.5]}'),
    ],
)
def test_tables_of_text(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    recording = load(str(tmp_path / name))
    assert [t.values for t in recording.trials] == [(0.1, 0.2, 0.3), (0.4, 0.5)]
    assert recording.finals == {"0": 0.3, "1": 0.5}


def test_tables_of_arrays(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, index=np.arange(3), acc=np.ones((3, 4)))
    assert len(load(str(path)).trials) == 3
    np.savez(path, train=np.ones((3, 4)), valid=np.zeros((2, 4)))
    assert len(load(str(path), array="valid").trials) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("no.csv", None, "no such file"),
        ("t.csv", "", "contains no curves"),
        ("t.json", "{", "cannot be read"),
        ("t.json", "[1, 2]", "expected a list of lists"),
        ("t.npz", "not a zip", "cannot be read"),
        ("t.txt", "0.1", "a table of curves must end with"),
        ("nowhere", None, "it is not a table of curves"),
    ],
)
def test_an_unreadable_source_is_one_clear_line(
    tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said) as error:
        load(str(tmp_path / name))
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, acc=np.array([[{}, {}]], dtype=object))
    with pytest.raises(DataError, match="cannot be read"):
        load(str(path))


# ------------------------------------------------------------------ the command


def test_the_command_prints_a_narrow_table_and_writes_both_files(
    table: Path, tmp_path: Path
) -> None:
    plot, result = tmp_path / "p.html", tmp_path / "r.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "nni_hpo_ext", "audit", str(table), "--start-step", "2,5",
            "--rule", "consensus,median", "--plot", str(plot), "--json", str(result),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.count("start_step=") == 4
    rules = json.loads(result.read_text())["rules"]
    assert [r["arguments"]["start_step"] for r in rules] == [2, 5, 2, 5]
    page = plot.read_text()
    assert page.count("Each line is a trial") == 4
    assert page.count("Each point is a rule") == 1
    assert "epochs saved (percent)" in str(page_data(page)["figures"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--rule", "best"), "unknown --rule 'best'"),
        (("--rule", "median", "--beta", "0.1"), "--beta is not an argument of median"),
        (("--rule", "median", "--min-completed", "0"), "min_completed must be an integer >= 1"),
    ],
)
def test_a_wrong_option_is_named(table: Path, args: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["audit", str(table), *args])
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith(said)


def test_a_list_that_is_none_is_a_usage_error(table: Path) -> None:
    done = CliRunner().invoke(app, ["audit", str(table), "--start-step", "two"])
    assert done.exit_code == 2
    assert "must be numbers such as 0,2,5, got 'two'" in done.output
