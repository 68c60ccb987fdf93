"""When an experiment is over."""

from __future__ import annotations

import pytest

from nni_hpo_ext.experiment._verdict import Kind, Observation, Outcome, Watch
from nni_hpo_ext.study._rest import ManagerStatus


def seen(
    time: float,
    status: str | None = "RUNNING",
    *,
    exit_code: int | None = None,
    dispatcher: bool = True,
    crashed: bool = False,
    active: int = 0,
    errors: tuple[str, ...] = (),
    stopped: bool = False,
) -> Observation:
    said = None if status is None else ManagerStatus(status, errors)
    return Observation(time, exit_code, said, dispatcher, crashed, active, stopped)


def last(*observations: Observation) -> Outcome | None:
    watch = Watch()
    outcome = None
    for observation in observations:
        assert outcome is None, "went on after the end"
        outcome = watch.judge(observation)
    return outcome


@pytest.mark.parametrize(
    ("observation", "kind", "message"),
    [
        (seen(0, "DONE"), Kind.DONE, "all trials"),
        (seen(0, "DONE", dispatcher=False), Kind.FAILED, "crashed"),
        (seen(0, "DONE", crashed=True), Kind.FAILED, "crashed"),
        (seen(0, "ERROR", errors=("tuner died",)), Kind.FAILED, "tuner died"),
        (seen(0, "STOPPING"), Kind.FAILED, "outside"),
        (seen(0, "RUNNING", exit_code=1, active=1), Kind.FAILED, "exit code 1"),
        (seen(0, None, exit_code=0, stopped=True), Kind.FAILED, "stopped from outside"),
        (seen(0, None, dispatcher=False, stopped=True), Kind.FAILED, "stopped from outside"),
    ],
)
def test_ends_at_once(observation: Observation, kind: Kind, message: str) -> None:
    outcome = last(observation)
    assert outcome is not None
    assert outcome.kind is kind
    assert message in outcome.message


@pytest.mark.parametrize(
    "observation",
    [
        seen(1e6, "INITIALIZED", dispatcher=False),
        seen(1e6, "RUNNING"),  # a tuner may think for long
        seen(1e6, "RUNNING", dispatcher=False, active=1),
        seen(1e6, "RUNNING", crashed=True, active=1),
        seen(1e6, "TUNER_NO_MORE_TRIAL", active=1),
        seen(1e6, "NO_MORE_TRIAL", active=1),
        seen(1e6, None),
    ],
)
def test_goes_on(observation: Observation) -> None:
    assert last(observation) is None


@pytest.mark.parametrize(
    ("status", "dispatcher", "crashed", "seconds", "kind"),
    [
        ("TUNER_NO_MORE_TRIAL", True, False, 3, Kind.EXHAUSTED),
        ("RUNNING", False, False, 3, Kind.FAILED),
        ("RUNNING", True, True, 3, Kind.FAILED),
        ("TUNER_NO_MORE_TRIAL", True, True, 3, Kind.FAILED),
        ("TUNER_NO_MORE_TRIAL", False, False, 3, Kind.FAILED),
        (None, True, False, 120, Kind.FAILED),
    ],
)
def test_ends_after_a_while(
    status: str | None, dispatcher: bool, crashed: bool, seconds: float, kind: Kind
) -> None:
    def at(time: float) -> Observation:
        return seen(time, status, dispatcher=dispatcher, crashed=crashed)

    assert last(at(0), at(seconds - 0.1)) is None
    outcome = last(at(0), at(seconds))
    assert outcome is not None
    assert outcome.kind is kind


def test_a_new_trial_starts_the_wait_again() -> None:
    idle, busy = "TUNER_NO_MORE_TRIAL", "RUNNING"
    assert last(seen(0, idle), seen(2, busy, active=1), seen(4, idle), seen(6, idle)) is None
