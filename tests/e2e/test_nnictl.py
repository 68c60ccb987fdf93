"""Our tuner and our assessor in a real experiment, started as NNI's users start one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import yaml
from nni_home import Home, free_port, wait_for

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import End, read_journal, read_study

pytestmark = pytest.mark.e2e

FindProcesses = Callable[[Path], list[psutil.Process]]

SPACE = {
    "level": {"_type": "choice", "_value": ["bad", "good", "also good"]},
    "rate": {"_type": "choice", "_value": [1, 2]},
}

# A bad trial gets worse and waits after its second report until it is stopped; the others run to
# their end.
TRIAL = """
import signal
import nni
from nni_hpo_ext.trial import TrialReport

params = nni.get_next_parameter()
value = 0.1 if params["level"] == "bad" else 0.9
with TrialReport("none") as report:
    for epoch in range(4):
        report.epoch(2 * value if value < 0.5 and epoch == 0 else value)
        if value < 0.5 and epoch == 1:
            signal.sigtimedwait([signal.SIGUSR1], 60)
    report.finish(runtime=float(params["rate"]))
"""

CONFIG = {
    "experimentName": "end-to-end",
    "searchSpaceFile": "space.json",
    "trialCommand": "exec python3 trial.py",
    "trialCodeDirectory": ".",
    "trialConcurrency": 1,
    "maxTrialNumber": 6,
    "tuner": {
        "name": "Dragonfly",
        "classArgs": {
            "objectives": {"default": "maximize", "runtime": "minimize"},
            "seed": 0,
            "num_init_evals": 3,
        },
    },
    "trainingService": {"platform": "local"},
}

ASSESSORS = [
    {
        "name": "MedianStopAssessor",
        "classArgs": {"min_completed": 1, "rule": "median"},
    },
    {"name": "CompoundStop", "classArgs": {"min_completed": 1, "max_epochs": 4}},
]


@pytest.mark.parametrize("assessor", ASSESSORS, ids=lambda a: a["name"])
def test_an_experiment_by_nnictl(
    home: Home, processes_at: FindProcesses, assessor: dict[str, Any]
) -> None:
    (home.path / "space.json").write_text(json.dumps(SPACE))
    (home.path / "trial.py").write_text(TRIAL)
    (home.path / "config.yml").write_text(yaml.safe_dump({**CONFIG, "assessor": assessor}))
    port = free_port()
    home.call("nni_hpo_ext", "register")
    home.call("nni.tools.nnictl.nnictl", "create", "--config", "config.yml", "--port", str(port))

    def status() -> Any:
        answer = requests.get(f"http://localhost:{port}/api/v1/nni/check-status", timeout=5)
        return answer.json()["status"]

    wait_for(lambda: status() in ("DONE", "ERROR"))
    assert status() == "DONE"
    home.call("nni.tools.nnictl.nnictl", "stop", "--all")
    wait_for(lambda: not processes_at(home.path))

    # Beside it lies the link _latest.
    folders = (home.path / "nni-experiments").iterdir()
    (directory,) = [p for p in folders if (p / "db").is_dir() and not p.is_symlink()]
    result = read_study(directory)
    space = SearchSpace(SPACE)
    assert len(result.trials) == 6
    assert all(t.params in space for t in result.trials)
    assert len({space.key(t.params or {}) for t in result.trials}) == 6  # no repeats: it is all
    stopped = [t for t in result.trials if t.end is End.STOPPED]
    assert {t.params["level"] for t in stopped if t.params} == {"bad"}
    assert all(len(t.curve) == 2 for t in stopped)
    assert {t.end for t in result.trials} == {End.SUCCEEDED, End.STOPPED}
    assert not read_journal(directory).fallbacks
    # What the stopped trials had reached came to the tuner.
    events = [
        json.loads(line)
        for line in (directory / "checkpoint" / "journal.jsonl").read_text().splitlines()
    ]
    partial = [e for e in events if e["event"] == "result" and e["status"] == "stopped"]
    assert [e["values"]["default"] for e in partial] == [0.2] * len(stopped)
