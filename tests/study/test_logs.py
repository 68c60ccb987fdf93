"""Causes, read from NNI's log files."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.files import tail
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
