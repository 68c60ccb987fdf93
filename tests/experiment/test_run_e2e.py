"""`nni-hpo run` with the real NNI: every way to end, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from nni_hpo_ext.study import read_study

pytestmark = pytest.mark.e2e

_TRIAL = """
import os, time, nni
x = nni.get_next_parameter()["x"]
number = int(os.environ["NNI_TRIAL_SEQ_ID"])
print("interpreter", __import__("sys").executable)
for step in range(3 if number != 1 else 2400):
    nni.report_intermediate_result({"default": -1.0 if number == 1 else x})
    time.sleep(0.05)
nni.report_final_result({"default": x, "size": float(number)})
"""

# The first trial ends at once; the others wait for a file.
_GATED_TRIAL = """
import os, time, nni
x = nni.get_next_parameter()["x"]
while int(os.environ["NNI_TRIAL_SEQ_ID"]) and not os.path.exists("gate"):
    time.sleep(0.05)
nni.report_final_result(x)
"""

_ALGORITHMS = """
import os, signal, time
import nni
from nni.assessor import Assessor, AssessResult
from nni.tuner import Tuner

class StopNegative(Assessor):
    def assess_trial(self, job, history):
        bad = len(history) == 2 and history[-1]["default"] < 0
        return AssessResult.Bad if bad else AssessResult.Good

class Base(Tuner):
    def update_search_space(self, space): pass
    def receive_trial_result(self, *args, **kwargs): pass
    def generate_parameters(self, number, **kwargs):
        if number:
            self.at_second()
        return {"x": 0.5}

class Crashes(Base):
    def at_second(self):
        raise ZeroDivisionError("the tuner divided by zero")

class Freezes(Base):
    def at_second(self):
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(600)  # the signal may reach another thread first

class Dreams(Base):
    def __init__(self):
        time.sleep(12)

    def at_second(self):
        pass

class Tires(Base):
    def at_second(self):
        raise nni.NoMoreTrialError("that was all")
"""


class Bench:
    """An NNI of its own: home, registered names, files, and the processes in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "trial.py").write_text(_TRIAL)
        (directory / "mine.py").write_text(_ALGORITHMS)

    def start(self, *options: str, **changes: Any) -> subprocess.Popen[str]:
        config = {
            "experimentName": "bench",
            "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
            "trialCommand": "exec python3 trial.py",
            "trialConcurrency": 1,
            "maxTrialNumber": 3,
            "tuner": {"name": "Random", "classArgs": {"seed": 1}},
            "trainingService": {"platform": "local"},
            **changes,
        }
        path = self.directory / "config.yml"
        path.write_text(yaml.safe_dump(config))
        arguments = ["run", str(path), "--poll", "0.2", "--timeout", "120", *options]
        environment = {
            **os.environ,
            "HOME": str(self.directory),
            "NNI_CONFIG_DIR": str(self.directory / "nni"),
            "COLUMNS": "80",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "nni_hpo_ext", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, **changes: Any) -> tuple[int, str, str]:
        process = self.start(*options, **changes)
        out, err = process.communicate(timeout=150)
        return process.returncode, out, err


@pytest.fixture
def bench(tmp_path: Path, processes_at: Callable[[Path], list[psutil.Process]]) -> Iterator[Bench]:
    yield Bench(tmp_path)
    assert processes_at(tmp_path) == []


def own(name: str) -> dict[str, Any]:
    return {"className": f"mine.{name}", "codeDirectory": "."}


def test_a_run_to_the_end(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    code, out, err = bench.run(
        "--json", str(file), trialConcurrency=2, assessor=own("StopNegative")
    )
    assert (code, err) == (0, "")
    result = json.loads(file.read_text())
    assert result["outcome"] == "done"
    ends = {t["number"]: (t["end"], t["reason"]) for t in result["trials"]}
    assert ends == {
        0: ("succeeded", ""),
        1: ("stopped early", "by the assessor"),
        2: ("succeeded", ""),
    }
    for trial in result["trials"]:  # the configuration is the one the trial had
        if trial["end"] == "succeeded":
            assert trial["parameters"]["x"] == trial["values"]["default"]
    assert result["early_stopping"]["full"] == 3
    assert "Trials: 3 (2 succeeded, 1 stopped early)" in out
    assert "Ended: all trials are done." in out
    logs = [
        p.read_text() for p in tmp_path.glob("nni-experiments/*/environments/*/trials/*/trial.log")
    ]
    assert any(f"interpreter {sys.executable}" in text for text in logs)


def test_a_tuner_that_crashes(bench: Bench) -> None:
    code, out, err = bench.run("--no-check", tuner=own("Crashes"))
    assert code == 1
    assert "Best by default (maximize): trial 0" in out
    assert "the tuner or assessor crashed" in err
    assert "in at_second" in err
    assert "ZeroDivisionError: the tuner divided by zero" in err


def test_a_tuner_that_is_killed(
    bench: Bench, tmp_path: Path, processes_at: Callable[[Path], list[psutil.Process]]
) -> None:
    process = bench.start("--no-check", tuner={"name": "RandomSearch"}, maxTrialNumber=50)
    assert process.stdout is not None
    next(line for line in process.stdout if "succeeded" in line)
    for victim in processes_at(tmp_path):
        if "--exp_params" in victim.cmdline():
            victim.kill()
    out, err = process.communicate(timeout=150)
    assert process.returncode == 1
    assert re.search(r"^Failed: .*tuner .*crashed", err)  # NNI may notice before we do
    (directory,) = [p for p in tmp_path.glob("nni-experiments/*/") if not p.is_symlink()]
    assert f"To continue: nni-hpo run {tmp_path / 'config.yml'} --resume {directory.name}" in out


def test_an_experiment_that_is_continued(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "trial.py").write_text(_GATED_TRIAL)
    process = bench.start(maxTrialNumber=2)
    assert process.stdout is not None
    next(line for line in process.stdout if "1 succeeded" in line and "1 running" in line)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=150)
    assert process.returncode == 130
    (directory,) = [p for p in tmp_path.glob("nni-experiments/*/") if not p.is_symlink()]
    stopped = read_study(directory)
    (tmp_path / "gate").touch()
    code, out, err = bench.run("--resume", directory.name, maxTrialNumber=2)
    assert (code, err) == (0, "")
    assert "Trials: 2 (2 succeeded)" in out
    study = read_study(directory)
    assert [t.job_id for t in study.trials] == [t.job_id for t in stopped.trials]
    assert study.journal.paused > 0
    assert study.ended is not None
    assert study.seconds == pytest.approx(study.ended - study.began - study.journal.paused)


def test_a_search_space_used_up(bench: Bench) -> None:
    code, out, err = bench.run("--no-check", tuner=own("Tires"))
    assert (code, err) == (0, "")
    assert "the tuner has no more configurations to try" in out
    assert "Trials: 1 (1 succeeded)" in out


def test_a_tuner_that_starts_slowly_is_waited_for(bench: Bench) -> None:
    """NNI gives up after 10 s, which a busy machine needs for the imports alone."""
    code, out, err = bench.run("--no-check", tuner=own("Dreams"), maxTrialNumber=1)
    assert (code, err) == (0, "")
    assert "Trials: 1 (1 succeeded)" in out


def test_a_frozen_tuner_is_told_and_ended(bench: Bench) -> None:
    options = ("--no-check", "--stall-timeout", "10")
    code, out, err = bench.run(*options, tuner=own("Freezes"))
    assert code == 1
    assert "is stopped; continue it with kill -CONT" in err
    assert "Trials: 1 (1 succeeded)" in out


def test_trials_that_fail_alike_do_not_use_up_the_budget(bench: Bench) -> None:
    command = "python3 -c 'import no_such_library'"
    code, out, err = bench.run("--no-check", trialCommand=command, maxTrialNumber=50)
    assert code == 1
    assert "Trial 0 failed: ended with an error: ModuleNotFoundError" in out
    assert "the first 3 trials failed with the same error" in out
    assert "No module named 'no_such_library'" in err


def test_the_deadline_ends_running_trials_and_the_run(bench: Bench) -> None:
    command = "exec python3 -c 'import time; time.sleep(600)'"
    code, out, err = bench.run("--no-check", trialCommand=command, maxExperimentDuration="40s")
    assert (code, err) == (1, "Failed: no trial succeeded.\n")
    assert "Time limit reached: ending 1 running trial." in out
    assert "Ended: the time limit of 40 s (maxExperimentDuration) was reached." in out
    assert "trial 0 interrupted: the time limit was reached" in out


def test_trials_that_all_fail(bench: Bench) -> None:
    command = "python3 -c 'import no_such_library'"
    code, out, err = bench.run("--no-check", trialCommand=command, maxTrialNumber=1)
    assert code == 1
    assert "Best: none, no trial succeeded" in out
    assert "ModuleNotFoundError: No module named 'no_such_library'" in err


def test_ctrl_c_ends_even_trials_behind_a_shell(bench: Bench, tmp_path: Path) -> None:
    """The shell that NNI signals is not the trial, which NNI alone would leave running."""
    file = tmp_path / "result.json"
    command = "python3 -c 'import time; time.sleep(600)'; true"
    process = bench.start("--no-check", "--json", str(file), trialCommand=command)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "1 running" in line:
            break
    (port,) = re.findall(r"http://localhost:(\d+)", "".join(seen))
    sockets = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert [c.laddr.ip for c in sockets if c.laddr.port == int(port)] == ["127.0.0.1"]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Trials: 1 (1 interrupted)" in out
    assert "Traceback" not in err
    assert json.loads(file.read_text())["outcome"] == "interrupted"


def test_a_tuner_whose_models_fail_says_how_often_another_answered(
    bench: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "result.json"
    tuner = {
        "className": "nni_hpo_ext.testing.FaultyDragonflyTuner",
        "codeDirectory": ".",
        "classArgs": {"faults": {"share": 1.0}, "num_init_evals": 2, "seed": 0},
    }
    command = "python3 -c 'import nni; nni.report_final_result(nni.get_next_parameter()[\"x\"])'"
    code, out, err = bench.run(
        "--no-check", "--json", str(file), tuner=tuner, trialCommand=command, maxTrialNumber=5
    )
    assert (code, err) == (0, "")
    result = json.loads(file.read_text())
    substitutes = result["substitutes"]
    assert result["arms"] == {"initial": 2, "random": substitutes}
    assert substitutes >= 3  # NNI may ask for one more than it runs
    flat = " ".join(out.split())
    assert f"Fallback: {substitutes} of {2 + substitutes} suggestions came from" in flat
    assert "InjectedFault" in flat
    (log,) = tmp_path.glob("nni-experiments/*/log/dispatcher.log")
    assert log.read_text().count("the algorithm failed; drawing at random") == substitutes
