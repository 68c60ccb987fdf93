"""One real trial before the start: what it gets, what it reports, and how it fails."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from nni_home import wait_for
from typer.testing import CliRunner

from nni_hpo_ext.check import TrialRun, describe_trial, run_trial, trial_problem
from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ConfigError

SPACE = {
    "x": {"_type": "uniform", "_value": [3, 4]},
    "net": {
        "_type": "choice",
        "_value": [{"_name": "a", "n": {"_type": "randint", "_value": [1, 3]}}],
    },
}
SOUND = """
import os, nni
params = nni.get_next_parameter()
nni.report_intermediate_result(0.5)
nni.report_intermediate_result({"default": 0.6, "loss": float("nan")})
nni.report_final_result({"default": params["x"], "n": params["net"]["n"], "cwd": os.getcwd()})
"""


def tried(write: Any, script: str, limit: float = 60, **changes: Any) -> TrialRun:
    path = write(searchSpace=SPACE, **changes)
    (path.parent / "trial.py").write_text(script)
    return run_trial(path, limit)


def test_a_sound_trial(write: Any, tmp_path: Path) -> None:
    run = tried(write, SOUND)
    assert run.exit_code == 0, run.said
    assert 3 <= run.params["x"] <= 4
    assert run.intermediate[0] == 0.5
    assert run.intermediate[1]["default"] == 0.6
    n = run.params["net"]["n"]
    assert run.final == ({"default": run.params["x"], "n": n, "cwd": str(tmp_path)},)
    assert trial_problem(run) == ""
    text = "\n".join(describe_trial(run))
    assert "2 intermediate results" in text
    assert "trial: succeeded" in text


def test_a_trial_gets_the_smallest_budget(write: Any) -> None:
    script = "import nni; nni.report_final_result(nni.get_next_parameter()['TRIAL_BUDGET'])"
    tuner = {"name": "BOHBExt", "classArgs": {"min_budget": 2}}
    assert tried(write, script, tuner=tuner).final == (2,)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("print('x', flush=True); raise ValueError('no data')", "failed with exit code 1"),
        ("import nni; nni.get_next_parameter()", "ended without a final result"),
        ("import nni; nni.report_final_result(1)", "failed with exit code 1"),
        (
            "import nni; nni.get_next_parameter(); nni.report_final_result(float('nan'))",
            "'default' is nan, not a finite number",
        ),
    ],
)
def test_what_is_wrong_with_a_trial(write: Any, script: str, problem: str) -> None:
    assert problem in trial_problem(tried(write, script))


def test_the_errors_last_lines_are_shown_and_cannot_steer_the_terminal(write: Any) -> None:
    run = tried(write, "raise ValueError('no data \\x1b[2J')")
    assert describe_trial(run)[-1] == "    ValueError: no data \\x1b[2J"


def test_a_long_trial_is_ended_with_all_its_processes(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import nni, pathlib, subprocess, sys, time\n"
        "nni.get_next_parameter()\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "nni.report_intermediate_result(1)\n"
        "pathlib.Path('started').write_text(str(child.pid))\n"
        "pathlib.Path('started').rename('pid')\n"
        "time.sleep(600)\n"
    )

    class Popen(subprocess.Popen[bytes]):
        """The time limit comes when the trial has reported, however slow the machine is."""

        def wait(self, timeout: float | None = None) -> int:
            if timeout is None:
                return super().wait()
            wait_for((tmp_path / "pid").exists)
            raise subprocess.TimeoutExpired("trial", timeout)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    run = tried(write, script, limit=7)
    assert run.exit_code is None
    assert run.intermediate == (1,)
    assert trial_problem(run) == ""
    assert "still running after" in describe_trial(run)[-1]
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_the_time_limit_is_kept(write: Any) -> None:
    assert tried(write, "import time; time.sleep(600)", limit=0.1).exit_code is None


def test_trials_that_cannot_be_tried_here(write: Any) -> None:
    with pytest.raises(ConfigError, match="needs a search space to sample"):
        run_trial(write(searchSpace={}), 1)
    remote = {
        "platform": "remote",
        "machineList": [{"host": "a", "user": "b", "password": "c"}],
    }
    with pytest.raises(ConfigError, match="supports only the local training service"):
        run_trial(write(trainingService=remote, nniManagerIp="10.0.0.1"), 1)


def test_the_command(write: Any) -> None:
    path = write(searchSpace=SPACE)
    (path.parent / "trial.py").write_text(SOUND)
    done = CliRunner().invoke(app, ["check", "--trial", str(path)])
    assert done.exit_code == 0, done.output
    assert "trial: succeeded" in done.output
    (path.parent / "trial.py").write_text("1 / 0")
    done = CliRunner().invoke(app, ["check", "--trial", str(path)])
    assert done.exit_code == 1
    assert "ZeroDivisionError" in done.output
