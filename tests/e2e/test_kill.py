"""SIGKILL of anything at any moment, then a resume: each result is there once, and is its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import yaml
from nni_home import PROTOCOL, Home, free_port, wait_for

from nni_hpo_ext.journal import read_events
from nni_hpo_ext.study import ExperimentStore

pytestmark = pytest.mark.e2e

# More rounds, each with another seed, for when something about resumes has changed.
_ROUNDS = int(os.environ.get("NNI_HPO_KILL_ROUNDS", "1"))
_TRIALS = 16
_ATTEMPTS = 5
_ID = re.compile(r"Experiment ID: \S*?(\w{8})\b")

# What it reports tells which configuration it had. It reports only while the gate is open.
TRIAL = f"""{PROTOCOL}
import fcntl, signal

form = next_form()
x = form["parameters"]["x"]
signal.sigtimedwait([signal.SIGUSR1], 0.5 + x)
fcntl.flock(open("gate"), fcntl.LOCK_SH)
report(form, {{"default": x}})
"""

CONFIG = {
    "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
    "trialCommand": "exec python3 -S -E trial.py",
    "trialCodeDirectory": ".",
    "trialConcurrency": 3,
    "maxTrialNumber": _TRIALS,
    "tuner": {
        "className": "nni_hpo_ext.tuners.ParzenTuner",
        "codeDirectory": ".",
        "classArgs": {"seed": 1},
    },
    "trainingService": {"platform": "local"},
}

# What is killed, by a part of its command line.
VICTIMS = {"tuner": "--exp_params", "manager": "main.js", "trial": "trial.py"}


class Experiment:
    """An experiment under `nnictl`.

    Parameters
    ----------
    home
        Where it lives.
    processes_at
        Finds its processes.
    """

    def __init__(self, home: Home, processes_at: Callable[[Path], list[psutil.Process]]) -> None:
        self._home, self._processes_at = home, processes_at
        (home.path / "trial.py").write_text(TRIAL)
        (home.path / "gate").touch()
        (home.path / "config.yml").write_text(yaml.safe_dump(CONFIG))
        started = self._start("create", "--config", "config.yml")
        self.directory = home.path / "nni-experiments" / _ID.findall(started)[0]
        self._await_tuner(0)

    def _start(self, *command: str) -> str:
        """Start a manager; NNI gives up if it is slow, as on a machine busy with others."""
        for _ in range(_ATTEMPTS):
            self._port = free_port()
            try:
                return self._home.call(
                    "nni.tools.nnictl.nnictl", *command, "--port", str(self._port)
                )
            except AssertionError as error:
                failure = error
                self._end_all()
        raise failure

    def _end_all(self) -> None:
        for process in self._processes_at(self._home.path):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_for(lambda: not self._processes_at(self._home.path))

    def _await_tuner(self, starts: int) -> None:
        """Wait for the tuner's start; NNI gives it 10 seconds."""
        for _ in range(_ATTEMPTS):
            wait_for(lambda: len(self.events("start")) > starts or self.status() == "ERROR")
            if self.status() != "ERROR":
                return
            self._end_all()
            self._start("resume", self.directory.name)

    def events(self, name: str) -> list[dict[str, Any]]:
        path = self.directory / "checkpoint" / "journal.jsonl"
        return [e for e in read_events(path) if e["event"] == name]

    def status(self) -> str:
        answer = requests.get(f"http://localhost:{self._port}/api/v1/nni/check-status", timeout=5)
        return str(answer.json()["status"])

    def _find(self, victim: str) -> list[psutil.Process]:
        found = []
        for process in self._processes_at(self._home.path):
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(VICTIMS[victim] in part for part in process.cmdline()):
                    found.append(process)
        return found

    def kill(self, victim: str) -> bool:
        """Kill one of the victim's processes; whether there was one."""
        found = self._find(victim)
        for process in found[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return bool(found)

    @contextlib.contextmanager
    def closed_gate(self) -> Iterator[None]:
        """Let no trial report meanwhile."""
        with (self._home.path / "gate").open() as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def stop(self) -> None:
        self._home.call("nni.tools.nnictl.nnictl", "stop", self.directory.name)
        wait_for(lambda: not self._processes_at(self._home.path))

    def resume(self) -> None:
        starts = len(self.events("start"))
        self._start("resume", self.directory.name)
        self._await_tuner(starts)

    def has_news(self) -> bool:
        """Whether trials reported what the tuner never heard, or none of them runs any more."""
        unheard = self.reported().total() > self.learnt().total()
        return unheard or not self._find("trial")

    def reported(self) -> Counter[float]:
        """Return what NNI received from trials."""
        metrics = ExperimentStore(self.directory).metrics(final_only=True)
        return Counter(m.value["default"] for m in metrics)

    def cut_journal(self) -> None:
        """Lose the second half of the tuner's journal."""
        path = self.directory / "checkpoint" / "journal.jsonl"
        os.truncate(path, path.stat().st_size // 2)

    def learnt(self) -> Counter[float]:
        """Return what the tuner learnt; each must be of the configuration that it stands for."""
        suggested = {(e["run"], str(e["id"])): e["params"] for e in self.events("suggest")}
        results = self.events("result")
        for e in results:
            params = e.get("params") or suggested[e["run"], str(e["id"])]
            assert e["report"]["default"] == params["x"]
        return Counter(e["report"]["default"] for e in results)


@pytest.fixture
def experiment(home: Home, processes_at: Any) -> Iterator[Experiment]:
    experiment = Experiment(home, processes_at)
    yield experiment
    if processes_at(home.path):
        experiment.stop()


@pytest.mark.parametrize("seed", range(_ROUNDS))
@pytest.mark.parametrize("victim", VICTIMS)
def test_each_result_is_there_once_and_with_its_own_parameters(
    experiment: Experiment, victim: str, seed: int
) -> None:
    rng = random.Random(seed)
    for results in (rng.randrange(1, 4), rng.randrange(5, 8)):
        wait_for(lambda n=results: len(experiment.events("result")) >= n)
        with experiment.closed_gate():
            wait_for(lambda: experiment.kill(victim))
        if victim == "tuner":
            wait_for(experiment.has_news)  # of the trials that were running
            experiment.stop()
        if victim != "trial":
            experiment.resume()
    wait_for(lambda: experiment.status() in ("DONE", "ERROR"))
    assert experiment.status() == "DONE"
    experiment.stop()
    assert experiment.learnt() == experiment.reported()
    print(victim, seed, len(experiment.learnt()), experiment.events("compare"))


def test_a_journal_that_was_cut_teaches_no_false_pair(experiment: Experiment) -> None:
    """NNI's database tells which parameters each result belongs to."""
    wait_for(lambda: len(experiment.events("result")) >= 5)
    with experiment.closed_gate():
        wait_for(lambda: experiment.kill("trial"))  # all later ones are paired wrongly by NNI
    wait_for(lambda: len(experiment.events("result")) >= 7)
    with experiment.closed_gate():
        wait_for(lambda: experiment.kill("tuner"))
    wait_for(experiment.has_news)
    experiment.stop()
    experiment.cut_journal()
    experiment.resume()
    wait_for(lambda: experiment.status() in ("DONE", "ERROR"))
    assert experiment.status() == "DONE"
    experiment.stop()
    assert experiment.learnt() == experiment.reported()
    assert experiment.events("compare")[0]["unproven"] == 0
