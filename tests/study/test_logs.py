"""Causes, read from NNI's log files."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.files import tail
from nni_hpo_ext.study import keep_stderr, lost_workers, manager_error, read_trials
from nni_hpo_ext.study._logs import trial_stderr, tuner_error

STAMP = "[2026-01-01 00:00:00]"


def test_the_error_that_ended_the_dispatcher(experiment: Any) -> None:
    experiment.log(
        "dispatcher.log",
        f"{STAMP} INFO (nni.tuner.random/MainThread) Using random seed 1",
        f"{STAMP} ERROR (nni.runtime.msg_dispatcher_base/Thread-1 (command_queue_worker)) boom",
        "Traceback (most recent call last):",
        "ValueError: boom",
        f"{STAMP} INFO (nni.runtime.msg_dispatcher_base/MainThread) Dispatcher exiting...",
    )
    expected = "boom\nTraceback (most recent call last):\nValueError: boom"
    assert tuner_error(experiment.directory) == expected


def test_an_error_that_a_tuner_reported_to_the_manager(experiment: Any) -> None:
    experiment.log(
        "dispatcher.log",
        f"{STAMP} INFO (nni.runtime.msg_dispatcher_base/Thread-1 (command_queue_worker)) "
        "Report error to NNI manager: the search space is malformed",
    )
    assert tuner_error(experiment.directory) == "the search space is malformed"


def test_what_a_tuner_logs_itself_is_no_crash(experiment: Any) -> None:
    experiment.log(
        "dispatcher.log",
        f"{STAMP} ERROR (nni_hpo_ext.tuners/Thread-1 (command_queue_worker)) arm failed",
        "Traceback (most recent call last):",
        "ValueError: caught",
    )
    assert tuner_error(experiment.directory) == ""


def test_no_log(experiment: Any) -> None:
    assert tuner_error(experiment.directory) == ""


def test_the_last_lines_of_a_trial(experiment: Any) -> None:
    experiment.stderr("job0", "one\n\ntwo\nthree\n")
    assert trial_stderr(experiment.directory, "job0", lines=2) == "two\nthree"
    assert trial_stderr(experiment.directory, "unknown") == ""


def test_tail_of_no_file(tmp_path: Any) -> None:
    assert tail(tmp_path / "none") == ""


def test_why_remote_workers_did_not_start(experiment: Any) -> None:
    """With the words of the command that failed, which node prints as an object."""
    assert manager_error(experiment.directory) == ""
    experiment.log(
        "nnimanager.log",
        f"{STAMP} ERROR (RemoteV3.Ssh.2) Command failed: python3 -m pip install nni {{",
        "  stderr: 'Traceback (most recent call last):\\n' +",
        "    'error: externally-managed-environment\\n' +",
        "    'This environment is externally managed\\n',",
        "}",
        f"{STAMP} ERROR (TrainingServiceCompat) Training srevice initialize failed: "
        "Error: SSH command failed: python3 -m pip install nni",
        "    at Ssh.run (ssh.js:94:19)",
    )
    found = manager_error(experiment.directory)
    assert found.startswith("SSH command failed: python3 -m pip install nni: error: externally-")


def test_the_trials_of_a_worker_that_was_lost(experiment: Any) -> None:
    experiment.log(
        "nnimanager.log",
        f"{STAMP} INFO (RemoteV3.Worker.1) Initializing SSH worker gpu1",
        f"{STAMP} INFO (RemoteV3.Worker.2) Initializing SSH worker gpu2",
        f"{STAMP} INFO (RemoteV3.remote) Created trial job0 on worker 1",
        f"{STAMP} INFO (RemoteV3.remote) Created trial job1 on worker 2",
        f"{STAMP} ERROR (RemoteV3.Worker.2) Trial keeper failed",
        f"{STAMP} ERROR (RemoteV3.remote) Failed to recover worker gpu2: Error: connect ETIMEDOUT",
    )
    for number in (0, 1):
        experiment.trial(number, status="USER_CANCELED")
    reasons = [trial.reason for trial in read_trials(experiment.directory).trials]
    assert reasons == ["killed by a signal (out of memory?)", "the worker gpu2 was lost"]
    assert lost_workers(experiment.directory) == [("gpu2", "connect ETIMEDOUT")]


def test_the_stderr_of_a_trial_on_another_machine(experiment: Any) -> None:
    job = experiment.trial(0, status="FAILED")
    keep_stderr(experiment.directory, job, "epoch 1\nMemoryError\n")
    (trial,) = read_trials(experiment.directory).trials
    assert trial.reason == "ended with an error: MemoryError"
