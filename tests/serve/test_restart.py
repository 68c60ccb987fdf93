"""Nothing is lost or doubled, whatever moment the service is killed at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import SPACE, STUDY, Process

from nni_hpo_ext.asktell import HostedStudy, Refusal
from nni_hpo_ext.journal import ASSESSOR_FILE, TRIALS_FILE, TUNER_FILE, Journal, read_events
from nni_hpo_ext.serve._store import StudyStore

ASSESSOR = {"name": "MedianStop", "classArgs": {"min_completed": 1}}


def session() -> Iterator[tuple[str, str, Any]]:
    """Yield the calls of a small session: two completed trials, a failure, and a running trial."""
    for number, result in enumerate([{"values": 0.9}, {"error": "broken"}, {"values": 0.8}, None]):
        yield "POST", "/demo/trials", None
        for step in range(2):
            report = {"value": 0.5 + number / 10 + step / 100, "step": step}
            yield "POST", f"/demo/trials/{number}/reports", report
        if result is not None:
            yield "PUT", f"/demo/trials/{number}/result", result


def summary(study: HostedStudy) -> list[Any]:
    return [
        (t.number, t.attempt, dict(t.params), [r.value for r in t.reports], t.result)
        for t in study.log.trials
    ]


def told(directory: Path) -> list[tuple[int, str]]:
    """Return what the tuner's journal says of results and failures, once for each trial."""
    events = read_events(directory / "checkpoint" / TUNER_FILE)
    return sorted((e["id"], e["event"]) for e in events if e["event"] in ("result", "end"))


@pytest.mark.e2e
def test_a_kill_between_every_pair_of_calls_changes_nothing(process: Process) -> None:
    process("PUT", "/demo", {**STUDY, "assessor": ASSESSOR})
    last = None
    for i, (method, path, body) in enumerate(session()):
        process.restart()
        if last is not None:  # its answer was lost: the client repeats the call
            call, answer = last
            assert process(*call) == answer
        call = (method, path, body, f"call {i}")
        answer = process(*call)
        assert answer.status == 200, answer
        last = (call, answer)
    trials = process("GET", "/demo/trials").content
    assert [t["status"] for t in trials] == ["succeeded", "failed", "succeeded", "running"]
    assert [len(t["reports"]) for t in trials] == [2, 2, 2, 2]
    assert len({str(t["params"]) for t in trials}) == 4
    assert told(process.directory / "demo") == [(0, "result"), (1, "end"), (2, "result")]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def store(tmp_path: Path) -> StudyStore:
    store = StudyStore(tmp_path)
    store.create(
        "demo",
        {
            "search_space": SPACE,
            "tuner": {"name": "RandomSearch", "classArgs": {}},
            "assessor": {"name": "MedianStop", "classArgs": {"min_completed": 1}},
            "objectives": {"default": "maximize"},
            "seed": 1,
            "max_trials": None,
            "lease_seconds": 60.0,
        },
    )
    return store


def run_session(directory: Path, deadline: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run the session, killed after so many writes to any file; return whether it came to its end.

    Every process goes on where the last one was killed, and repeats the call without an answer.
    """
    count = 0
    write = Journal.write

    def counted(journal: Journal, event: str, **fields: Any) -> None:
        nonlocal count
        write(journal, event, **fields)
        count += 1
        if count == deadline:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", counted)
        try:
            play(HostedStudy(directory))
        except Killed:
            return False
    return True


def play(study: HostedStudy) -> None:
    for i, call in enumerate(session()):
        apply(study, i, *call)


def apply(study: HostedStudy, i: int, _: str, path: str, body: Any) -> None:
    number = int(path.split("/")[3]) if path.count("/") > 2 else 0
    if path.endswith("/trials"):
        study.ask(key=f"call {i}")
    elif path.endswith("/reports"):
        study.report(number, body["value"], body["step"], 0)
    else:
        study.tell(number, body, 0)


def test_a_kill_after_every_write_changes_nothing(
    tmp_path: Path, store: StudyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(store.get("demo"))
    expected = [(n, a, r, result) for n, a, _, r, result in summary(store.get("demo"))]
    writes = 0
    while True:
        writes += 1
        other = StudyStore(tmp_path / str(writes))
        definition = {
            k: v for k, v in store.get("demo").definition.items() if k not in ("name", "created")
        }
        directory = other.create("demo", definition).directory
        if run_session(directory, writes, monkeypatch):
            break
        study = HostedStudy(directory)
        play(study)
        found = summary(study)
        assert [(n, a, r, result) for n, a, _, r, result in found] == expected
        assert len({str(params) for _, _, params, _, _ in found}) == 4
        assert told(directory) == [(0, "result"), (1, "end"), (2, "result")]
        suggested = [
            e["params"]
            for e in read_events(directory / "checkpoint" / TUNER_FILE)
            if e["event"] == "suggest"
        ]
        assert suggested == [params for _, _, params, _, _ in found]  # none is left over
        learnt = [
            e["trial"]
            for e in read_events(directory / "checkpoint" / ASSESSOR_FILE)
            if e["event"] == "curve"
        ]
        assert sorted(learnt) == ["0", "2"]
    assert writes > 15


@pytest.mark.parametrize("tuner", ["TPE", "GridSearch", "Diversified", "Dragonfly"])
def test_other_tuners_go_on_after_a_restart_between_calls(store: StudyStore, tuner: str) -> None:
    definition = {**store.get("demo").definition, "tuner": {"name": tuner, "classArgs": {}}}
    directory = store.create("other", definition | {"seed": None}).directory
    for i, call in enumerate(session()):
        apply(HostedStudy(directory), i, *call)
    trials = summary(HostedStudy(directory))
    assert [result for *_, result in trials][1:] == [{"error": "broken"}, {"values": 0.8}, None]


def test_a_torn_line_is_a_call_without_answer(store: StudyStore) -> None:
    study = store.get("demo")
    study.ask()
    log = study.directory / "checkpoint" / TRIALS_FILE
    with log.open("ab") as file:
        file.write(b'{"event": "result", "number": 0, "resu')
    again = HostedStudy(study.directory)
    assert again.log.trials[0].result is None
    again.tell(0, {"values": 1.0})
    assert HostedStudy(study.directory).log.trials[0].result == {"values": 1.0}


def test_a_call_that_cannot_be_written_is_refused(
    store: StudyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = store.get("demo")
    params = study.ask(key="a").params

    def full(journal: Journal, event: str, **fields: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", full)
        with pytest.raises(Refusal, match="No space left") as refused:
            study.tell(0, {"values": 1.0})
    assert refused.value.status == 507
    assert study.log.trials[0].result is None
    study.tell(0, {"values": 1.0})
    assert study.ask(key="a").params == params


def test_a_suggestion_without_a_trial_is_given_out_after_a_restart(
    store: StudyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = store.get("demo")
    write = Journal.write

    def killed(journal: Journal, event: str, **fields: Any) -> None:
        if event == "ask":
            raise Killed
        write(journal, event, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", killed)
        with pytest.raises(Killed):
            study.ask()
    (lost,) = (
        e["params"]
        for e in read_events(study.directory / "checkpoint" / TUNER_FILE)
        if e["event"] == "suggest"
    )
    again = HostedStudy(study.directory)
    assert again.ask({"lr": 0.5, "n": 3}).number == 0  # the number of the lost suggestion
    assert again.ask().params == lost
    again.tell(1, {"values": 1.0})
    assert again.ask().params != lost
    assert HostedStudy(study.directory).ask().params != lost


def test_a_later_trial_learns_from_results_before_the_restart(store: StudyStore) -> None:
    space = {"x": {"_type": "uniform", "_value": [0, 1]}}
    definition = {**store.get("demo").definition, "search_space": space, "assessor": None}
    definition |= {"tuner": {"name": "GaussianProcess", "classArgs": {}}}
    study, tried = store.create("gp", definition), []
    for number in range(12):
        if number % 4 == 3:
            study = HostedStudy(study.directory)
        tried.append(study.ask().params["x"])
        study.tell(number, {"values": -abs(tried[-1] - 0.7)})
    arms = [
        e["arm"]
        for e in read_events(study.directory / "checkpoint" / TUNER_FILE)
        if e["event"] == "suggest"
    ]
    assert len(arms) == 12
    assert sum(abs(x - 0.7) < 0.1 for x in tried[3:]) > 4
