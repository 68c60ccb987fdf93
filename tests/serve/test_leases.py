"""A worker that vanishes gives its trial back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nni_hpo_ext.asktell import HostedStudy, Refusal
from nni_hpo_ext.serve._store import StudyStore

LEASE = 60.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def study(tmp_path: Path, clock: Clock) -> HostedStudy:
    store = StudyStore(tmp_path)
    definition = {
        "search_space": {"lr": {"_type": "uniform", "_value": [0, 1]}},
        "tuner": {"name": "RandomSearch", "classArgs": {}},
        "assessor": {"name": "MedianStop", "classArgs": {}},
        "objectives": {"default": "maximize"},
        "seed": 1,
        "max_trials": 2,
        "lease_seconds": LEASE,
    }
    return HostedStudy(store.create("demo", definition).directory, clock)


def test_a_silent_worker_loses_its_trial_to_the_next_one(study: HostedStudy, clock: Clock) -> None:
    params = study.ask().params
    study.report(0, 0.5)
    clock.now = LEASE + 1
    again = study.ask()
    assert (again.number, again.attempt, again.params, again.reports) == (0, 1, params, [])
    for late in (
        lambda: study.report(0, 0.6, attempt=0),
        lambda: study.tell(0, {"values": 1.0}, attempt=0),
        lambda: study.renew(0, attempt=0),
    ):
        with pytest.raises(Refusal, match="given to another worker"):
            late()
    study.report(0, 0.6, attempt=1)
    assert study.tell(0, {"values": 1.0}, attempt=1).ended


def test_a_late_worker_may_tell_while_nobody_else_has_the_trial(
    study: HostedStudy, clock: Clock
) -> None:
    study.ask()
    clock.now = 10 * LEASE
    assert study.tell(0, {"values": 1.0}, attempt=0).result == {"values": 1.0}
    assert study.ask().number == 1


def test_reports_and_renewals_keep_a_trial(study: HostedStudy, clock: Clock) -> None:
    study.ask()
    for step in range(3):
        clock.now += 0.9 * LEASE
        study.renew(0)
        clock.now += 0.9 * LEASE
        study.report(0, step / 10)
    assert study.ask().number == 1


def test_a_trial_that_is_given_back_waits_for_the_next_worker(study: HostedStudy) -> None:
    study.ask()
    study.give_back(0, 0)
    study.give_back(0, 0)  # twice is once
    assert HostedStudy(study.directory).ask().number == 0  # over a restart, too
    for _ in range(10):
        again = HostedStudy(study.directory)
        again.give_back(0)
        assert again.ask().number == 0  # never a reason to give up


def test_a_trial_that_ends_its_workers_fails(study: HostedStudy, clock: Clock) -> None:
    study.ask()
    for attempt in range(1, 4):
        clock.now += 2 * LEASE
        assert study.ask().attempt == attempt
    clock.now += 2 * LEASE
    assert study.ask().number == 1
    assert study.log.trials[0].result == {"error": "its worker vanished 4 times"}


def test_after_a_restart_each_worker_has_a_full_lease(study: HostedStudy, clock: Clock) -> None:
    study.ask()
    clock.now = 100 * LEASE
    again = HostedStudy(study.directory, clock)
    assert again.ask().number == 1
    clock.now += 2 * LEASE
    assert again.ask().number == 0


def test_the_last_trials_may_come_back(study: HostedStudy) -> None:
    study.ask()
    study.ask()
    with pytest.raises(Refusal, match="2 still run") as refused:
        study.ask()
    assert (refused.value.status, refused.value.retry_after) == (409, 5)


@pytest.fixture
def unleased(tmp_path: Path, clock: Clock, study: HostedStudy) -> HostedStudy:
    definition = {**study.definition, "lease_seconds": None}
    return HostedStudy(StudyStore(tmp_path).create("unleased", definition).directory, clock)


def test_without_a_lease_a_silent_trial_is_not_given_to_another(
    unleased: HostedStudy, clock: Clock
) -> None:
    assert unleased.ask(worker="a").number == 0
    clock.now += 1e9
    assert unleased.ask(worker="b").number == 1


def test_a_trial_that_begins_again_keeps_its_first_results(unleased: HostedStudy) -> None:
    trial = unleased.ask(key="a")
    for value in (0.1, 0.2, 0.3):
        unleased.report(0, value)
    unleased.rewind(0, 1)
    unleased.report(0, 0.25)
    again = HostedStudy(unleased.directory)
    for study in (unleased, again):
        assert [r.value for r in study.trial(0).reports] == [0.1, 0.25]
        assert (study.trial(0).attempt, study.trial(0).params) == (1, trial.params)


def test_a_trial_can_be_known_under_two_keys(unleased: HostedStudy) -> None:
    params = unleased.ask(key="a").params
    unleased.tell(0, {"values": 0.5})
    assert unleased.adopt(0, "b").params == params
    assert HostedStudy(unleased.directory).ask(key="b").number == 0
    assert len(unleased.log.trials) == 1
