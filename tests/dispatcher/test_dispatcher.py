"""Every tuner and assessor behind NNI's own dispatcher, with both of its worker threads."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from manager import Manager
from nni.common.serializer import dump
from nni.runtime.tuner_command_channel import CommandType

from nni_hpo_ext.budget import configuration
from nni_hpo_ext.journal import read_events
from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.space import SearchSpace

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "batch": {"_type": "choice", "_value": [16, 32, 64]},
}
WIDER = {**SPACE, "batch": {"_type": "choice", "_value": [16, 32, 64, 128]}}
FINALS = [0.5, 0.7, {"default": 0.6}, None, "diverged", float("nan"), [], {"loss": 1.0}]
STEPS = [0.1, 0.2, {"default": 0.3}, None, "?", float("inf")]
TUNERS = [e.class_name for e in ALGORITHMS if e.kind == "tuner"]
ASSESSORS = [e.class_name for e in ALGORITHMS if e.kind == "assessor"]
PAIRS = [(t, ASSESSORS[i % len(ASSESSORS)]) for i, t in enumerate(TUNERS)]
_ROUNDS = 6


def made(class_name: str, **arguments: Any) -> Any:
    module, _, name = class_name.rpartition(".")
    return getattr(__import__(module, fromlist=[name]), name)(**arguments)


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NNI_PLATFORM", "unittest")
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    return tmp_path


@pytest.fixture(params=PAIRS, ids=lambda pair: pair[0].rpartition(".")[2])
def manager(
    request: pytest.FixtureRequest, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    tuner, assessor = request.param
    manager = Manager(made(tuner, seed=0), made(assessor), monkeypatch)
    yield manager
    manager.end()


def commands(trial: dict[str, Any], rng: random.Random) -> list[tuple[CommandType, Any]]:
    """Return what the manager may tell of a trial, in a random order, some of it twice."""
    job, name = f"job{trial['parameter_id']}", trial["parameter_id"]

    def metric(kind: str, value: Any, step: int = 0) -> tuple[CommandType, Any]:
        data = {"parameter_id": name, "trial_job_id": job, "type": kind, "sequence": step}
        return CommandType.ReportMetricData, {**data, "value": dump(value)}

    end = {"trial_job_id": job, "event": rng.choice(["SUCCEEDED", "FAILED", "USER_CANCELED"])}
    told = [metric("PERIODICAL", rng.choice(STEPS), step) for step in range(4)]
    told += [metric("FINAL", rng.choice(FINALS)) for _ in range(rng.randrange(3))]
    told.append((CommandType.TrialEnd, {**end, "hyper_params": dump(trial)}))
    rng.shuffle(told)
    return told


def others(trial: dict[str, Any]) -> list[tuple[CommandType, Any]]:
    params = trial["parameters"]
    return [
        (CommandType.UpdateSearchSpace, WIDER),
        (CommandType.ImportData, [{"parameter": params, "value": dump(0.4)}]),
        (CommandType.ImportData, [{"parameter": {**params, "lr": "fast"}, "value": dump(None)}]),
        (CommandType.AddCustomizedTrialJob, [{"parameter_id": None, "parameters": params}]),
        (CommandType.RequestTrialJobs, 2),
        (CommandType.Ping, None),
    ]


def tell_all(manager: Manager, told: list[tuple[CommandType, Any]]) -> None:
    """Tell it from four threads at once."""
    threads = [
        threading.Thread(target=lambda part=told[i::4]: [manager.tell(*c) for c in part])
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    manager.wait()


def test_commands_at_once_and_in_any_order_end_no_worker(manager: Manager) -> None:
    rng = random.Random(0)
    manager.tell(CommandType.Initialize, SPACE)
    for _ in range(_ROUNDS):
        running = manager.ask(3)
        told = [c for trial in running for c in commands(trial, rng)]
        told += rng.sample(others(running[0]), 2)
        rng.shuffle(told)
        tell_all(manager, told)
    space = SearchSpace(WIDER)
    configs = [form["parameters"] for form in manager.trials()]
    assert len(configs) >= 3 * _ROUNDS
    assert all(configuration(config) in space for config in configs)
    assert len({space.key(config) for config in configs}) == len(configs)


def final(trial: dict[str, Any], value: Any) -> tuple[CommandType, Any]:
    name = trial["parameter_id"]
    data = {"parameter_id": name, "trial_job_id": f"job{name}", "type": "FINAL", "sequence": 0}
    return CommandType.ReportMetricData, {**data, "value": dump(value)}


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_resume_as_the_dispatcher_does_it(
    tuner: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It calls load_checkpoint, imports what it knows, and says which trials run again."""
    first = Manager(made(tuner, seed=0), None, monkeypatch)
    first.tell(CommandType.Initialize, SPACE)
    trials = first.ask(4)
    tell_all(first, [final(trials[0], 0.1), final(trials[1], 0.2)])
    first.end()

    second = Manager(made(tuner, seed=0), None, monkeypatch, mode="resume")
    second.tell(CommandType.Initialize, SPACE)
    swapped = [(trials[0], 0.2, "job0"), (trials[1], 0.1, "job1")]
    account = [
        {"parameter": t["parameters"], "value": dump(v), "trialJobId": j} for t, v, j in swapped
    ]
    second.tell(CommandType.ImportData, account)
    second.tell(CommandType.AddCustomizedTrialJob, [trials[2]])
    fresh = second.ask(3)
    tell_all(second, [final(trials[2], 0.3), final(fresh[0], 0.4)])
    second.end()

    events = list(read_events(checkpoint / "journal.jsonl"))
    results = {(e["run"], e["id"]): e["report"] for e in events if e["event"] == "result"}
    assert results == {(0, 0): 0.1, (0, 1): 0.2, (0, 2): 0.3, (1, 3): 0.4}
    assert sum(e["event"] == "result" for e in events) == len(results)
    assert [e["id"] for e in events if e["event"] == "abandon"] == [3]
    configs = [SearchSpace.key(form["parameters"]) for form in (*trials, *fresh)]
    assert len(set(configs)) == 7
