"""Ends of a run other than the experiment's own: equal failures, a stall, the time limit."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment import _stall
from nni_hpo_ext.experiment._deadline import Deadline
from nni_hpo_ext.experiment._failures import Failures
from nni_hpo_ext.experiment._stall import Stall
from nni_hpo_ext.experiment._verdict import Kind
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.study import End, TrialRecord

OUT = "ended with an error: torch.OutOfMemoryError: tried to allocate {} MiB at 0x{:x}"


def trial(number: int, end: End, reason: str = "", seconds: float = 1.0) -> TrialRecord:
    ended = float(number) + seconds if end.over else None
    return TrialRecord(number, f"job{number}", end, reason, started=float(number), ended=ended)


def failing(n: int, reason: str = OUT) -> list[TrialRecord]:
    return [trial(i, End.FAILED, reason.format(20 + i, 4096 * i)) for i in range(n)]


@pytest.fixture
def notes() -> list[str]:
    return []


# ---------------------------------------------------------------- failures


def test_the_first_failure_is_told_at_once_and_once(notes: list[str]) -> None:
    failures = Failures(3, notes.append)
    for n in (0, 1, 2):
        assert failures.judge(failing(n)) is None
    assert len(notes) == 1
    assert "Trial 0 failed: ended with an error: torch.OutOfMemoryError" in notes[0]


def test_the_same_error_three_times_ends_the_run(notes: list[str]) -> None:
    outcome = Failures(3, notes.append).judge(failing(3))
    assert outcome is not None
    assert outcome.kind is Kind.FAILING
    assert "first 3 trials failed with the same error" in outcome.message
    assert "check --trial" in outcome.message


@pytest.mark.parametrize(
    ("limit", "trials"),
    [
        (0, failing(9)),
        (4, failing(3)),
        (3, [*failing(3), trial(3, End.SUCCEEDED)]),
        (3, [*failing(2), trial(2, End.FAILED, "killed by a signal")]),
        (3, [trial(0, End.STOPPED), *failing(3)]),
    ],
    ids=["no limit", "fewer", "one succeeded", "another error", "one was stopped"],
)
def test_the_run_goes_on(limit: int, trials: list[TrialRecord], notes: list[str]) -> None:
    assert Failures(limit, notes.append).judge(trials) is None


# ---------------------------------------------------------------- stall


class Process:
    pid = 4321

    def __init__(self, status: str = psutil.STATUS_SLEEPING, cpu: float = 0.0) -> None:
        self._status, self._cpu = status, cpu

    def status(self) -> str:
        return self._status

    def cpu_percent(self, interval: float) -> float:
        return self._cpu


def stalled(
    notes: list[str],
    seconds: float,
    *,
    timeout: float | None = None,
    process: Any = None,
    running: int = 0,
    config: dict[str, Any] | None = None,
) -> Any:
    """Look at a slot that became free after five quick trials and stayed so."""
    stall = Stall(config or {"trialConcurrency": 1}, timeout, notes.append)
    process = process or Process()
    done = [trial(i, End.SUCCEEDED) for i in range(5)]
    for n in range(1, 6):
        assert stall.judge(done[:n], 2.0 * n, process) is None
    trials = [*done, *(trial(5 + i, End.RUNNING) for i in range(running))]
    stall.judge(trials, 10.0, process)
    return stall.judge(trials, 10.0 + seconds, process)


def test_a_wait_within_the_pace_is_not_worth_a_word(notes: list[str]) -> None:
    assert stalled(notes, 50.0) is None
    assert notes == []


@pytest.mark.parametrize(
    ("process", "said"),
    [
        (Process(psutil.STATUS_STOPPED), "4321 is stopped; continue it with kill -CONT 4321"),
        (Process(cpu=99.0), "4321 computes"),
        (Process(), "4321 waits without computing"),
    ],
)
def test_a_long_wait_names_the_process_and_its_state(
    process: Process, said: str, notes: list[str]
) -> None:
    assert stalled(notes, 70.0, process=process) is None
    assert len(notes) == 1
    assert "No suggestion for 1 min 10 s" in notes[0]
    assert said in notes[0]


def test_a_stopped_process_is_noticed_sooner(notes: list[str]) -> None:
    assert stalled(notes, 20.0, process=Process(psutil.STATUS_STOPPED)) is None
    assert len(notes) == 1


def test_the_stall_timeout_ends_the_run(notes: list[str]) -> None:
    assert stalled(notes, 8.0, timeout=9.0) is None
    outcome = stalled(notes, 10.0, timeout=9.0)
    assert outcome.kind is Kind.STALLED
    assert "--stall-timeout 9" in outcome.message


@pytest.mark.parametrize(
    ("running", "config"),
    [(1, {"trialConcurrency": 1}), (0, {"trialConcurrency": 4, "maxTrialNumber": 5})],
    ids=["all slots taken", "budget used up"],
)
def test_a_run_without_a_free_slot_is_not_stalled(
    running: int, config: dict[str, Any], notes: list[str]
) -> None:
    assert stalled(notes, 9999.0, timeout=1.0, running=running, config=config) is None
    assert notes == []


def test_a_slow_tuner_sets_the_pace(notes: list[str]) -> None:
    stall = Stall({"trialConcurrency": 1}, None, notes.append)
    for n in range(5):  # half a minute for each suggestion
        stall.judge([trial(i, End.SUCCEEDED) for i in range(n)], 30.0 * n, Process())  # type: ignore[arg-type]
    stall.judge([trial(i, End.SUCCEEDED) for i in range(4)], 120.0 + 200.0, Process())  # type: ignore[arg-type]
    assert notes == []
    assert _stall._PATIENCE_SECONDS < 200.0


# ---------------------------------------------------------------- deadline


class Rest:
    def __init__(self) -> None:
        self.canceled: list[str] = []

    def cancel(self, job_id: str) -> None:
        if job_id in self.canceled:
            raise ExperimentError("asked twice")
        self.canceled.append(job_id)


def deadline(limit: float | None, notes: list[str], rest: Any) -> Deadline:
    return Deadline(limit, rest, Journal(None), notes.append)


def test_at_the_deadline_running_trials_are_asked_to_end_and_then_the_run_ends(
    notes: list[str],
) -> None:
    rest = Rest()
    guard = deadline(60.0, notes, rest)
    trials = [trial(0, End.SUCCEEDED), trial(1, End.RUNNING), trial(2, End.RUNNING)]
    assert guard.judge(trials, 59.0) is None
    assert guard.judge(trials, 61.0) is None
    assert guard.judge(trials, 62.0) is None  # asked only once
    assert rest.canceled == ["job1", "job2"]
    assert notes == ["Time limit reached: ending 2 running trials."]
    outcome = guard.judge([trial(i, End.STOPPED) for i in range(3)], 65.0)
    assert outcome is not None
    assert outcome.kind is Kind.DEADLINE
    assert "1 min 0 s (maxExperimentDuration)" in outcome.message


def test_a_trial_that_does_not_end_is_not_waited_for_long(notes: list[str]) -> None:
    guard = deadline(60.0, notes, Rest())
    trials = [trial(0, End.RUNNING)]
    assert guard.judge(trials, 61.0) is None
    assert guard.judge(trials, 90.0) is not None


def test_without_a_limit_there_is_no_deadline(notes: list[str]) -> None:
    assert deadline(None, notes, Rest()).judge([trial(0, End.RUNNING)], 1e9) is None
