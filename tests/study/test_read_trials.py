"""Trials as read from NNI's database and logs."""

from __future__ import annotations

import math
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.study import End, ExperimentStore, TrialRecord, read_trials

INFO = "[2026-01-01 00:00:00] INFO"


def only(directory: Path) -> TrialRecord:
    (trial,) = read_trials(directory).trials
    return trial


def test_a_succeeded_trial_with_its_curve(experiment: Any) -> None:
    experiment.trial(0, {"default": 0.9, "size": 7}, steps=3)
    trial = only(experiment.directory)
    assert trial.end is End.SUCCEEDED
    assert trial.values == {"default": 0.9, "size": 7.0}
    assert trial.params == {"x": 0}
    assert trial.curve == ((0, 0.0), (1, 1.0), (2, 2.0))
    assert trial.seconds == 5.0


def test_parameters_come_from_the_metric_not_from_the_event(experiment: Any) -> None:
    """NNI gave trial 1 the parameters of trial 2 and the other way round (defect 1)."""
    experiment.submit("a", 1, 1, {"x": "first"})
    experiment.submit("b", 2, 2, {"x": "second"})
    experiment.report("a", 2, 0.1, final=True)
    experiment.report("b", 1, 0.2, final=True)
    experiment.event("a", "SUCCEEDED", 1)
    experiment.event("b", "SUCCEEDED", 2)
    first, second = read_trials(experiment.directory).trials
    assert (first.job_id, first.params) == ("a", {"x": "second"})
    assert (second.job_id, second.params) == ("b", {"x": "first"})


def test_a_trial_that_died_before_asking_has_no_parameters(experiment: Any) -> None:
    experiment.trial(0, status="FAILED")
    assert only(experiment.directory).params is None


def test_the_managers_log_knows_parameters_of_a_trial_without_metrics(experiment: Any) -> None:
    job = experiment.trial(0, status="FAILED")
    sent = '{"parameter_id": 5, "parameters": {"x": 5}, "parameter_index": 0}'
    experiment.log("nnimanager.log", f"{INFO} (LocalV3.local) Trial parameter: {job} {sent}")
    assert only(experiment.directory).params == {"x": 5}


def test_trials_after_a_resume_have_numbers_of_their_own(experiment: Any) -> None:
    """NNI counts from 1 again if no trial was running when the experiment stopped."""
    for job, number in [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 2), ("f", 3)]:
        experiment.submit(job, number, 0, {"x": job})
        experiment.event(job, "SUCCEEDED", number)
    trials = read_trials(experiment.directory).trials
    assert [(t.job_id, t.number) for t in trials] == list(zip("abcdef", range(6), strict=True))


def test_after_a_resume_an_id_means_the_latest_suggestion_before_the_report(
    experiment: Any,
) -> None:
    experiment.submit("a", 0, 0, {"x": "before"})
    experiment.report("a", 0, 1.0, final=True)
    experiment.event("a", "SUCCEEDED", 0)
    experiment.submit("b", 1, 0, {"x": "after"})
    experiment.report("b", 0, 2.0, final=True)
    experiment.event("b", "SUCCEEDED", 1)
    assert [t.params for t in read_trials(experiment.directory).trials] == [
        {"x": "before"},
        {"x": "after"},
    ]


def test_of_two_final_results_the_last_counts(experiment: Any) -> None:
    experiment.submit("a", 0, 0, {})
    experiment.report("a", 0, 1.0, final=True)
    experiment.report("a", 0, 2.0, final=True)
    experiment.event("a", "SUCCEEDED", 0)
    assert only(experiment.directory).values == {"default": 2.0}


@pytest.mark.parametrize(
    ("final", "values", "unusable"),
    [
        (0.5, {"default": 0.5}, {}),
        (math.nan, {}, {"default": "nan"}),
        (math.inf, {}, {"default": "inf"}),
        ("0.5", {}, {"default": "'0.5'"}),
        (True, {}, {"default": "True"}),
        ([0.5], {}, {"default": "[0.5]"}),
        ({"default": 1, "note": "x"}, {"default": 1.0}, {"note": "'x'"}),
        ({"default": math.nan, "size": 2}, {"size": 2.0}, {"default": "nan"}),
    ],
)
def test_what_counts_as_a_value(
    experiment: Any, final: Any, values: dict[str, float], unusable: dict[str, str]
) -> None:
    experiment.trial(0, final)
    trial = only(experiment.directory)
    assert (trial.values, trial.unusable) == (values, unusable)


def test_nothing_is_unpickled(experiment: Any) -> None:
    """NNI can encode objects as pickles; they are text to us."""
    experiment.trial(0, {"default": {"__nni_type__": "bytes:gASVAAAA"}})
    assert only(experiment.directory).values == {}


def test_the_older_form_names_what_to_maximise(experiment: Any) -> None:
    experiment.trial(0, {"flops": 3, "default": 0.9, "maximize": ["default"]})
    joined = read_trials(experiment.directory)
    assert [(o.name, o.direction) for o in joined.objectives] == [
        ("default", "maximize"),
        ("flops", "minimize"),
    ]
    assert joined.trials[0].values == {"default": 0.9, "flops": 3.0}


@pytest.mark.parametrize("partial", [True, 1])
@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "USER_CANCELED"])
def test_a_partial_result_means_stopped_early(experiment: Any, status: str, partial: Any) -> None:
    experiment.trial(0, {"default": 0.4, "partial": partial}, status=status)
    trial = only(experiment.directory)
    assert trial.end is End.STOPPED
    assert trial.values == {"default": 0.4}


def test_a_trial_without_final_result_failed(experiment: Any) -> None:
    experiment.trial(0)
    trial = only(experiment.directory)
    assert trial.end is End.FAILED
    assert "without a final result" in trial.reason


def test_the_reason_of_a_failure_is_its_last_line(experiment: Any) -> None:
    job = experiment.trial(0, status="FAILED")
    experiment.stderr(job, "Traceback ...\n  line\nValueError: no data\n\n")
    assert only(experiment.directory).reason == "ended with an error: ValueError: no data"


def stop_line(job: str) -> str:
    return f'{INFO} (NNIManager) NNIManager received command from dispatcher: KI, "{job}"'


def overtime_line(job: str) -> str:
    said = "has been canceled because it is over max trial duration."
    return f"{INFO} (NNIManager) Trial job {job} {said}"


def test_user_canceled_is_an_early_stop_if_the_assessor_asked(experiment: Any) -> None:
    job = experiment.trial(0, status="USER_CANCELED")
    experiment.log("nnimanager.log", stop_line(job))
    trial = only(experiment.directory)
    assert (trial.end, trial.reason) == (End.STOPPED, "by the assessor")


def test_user_canceled_may_be_the_time_limit(experiment: Any) -> None:
    job = experiment.trial(0, status="USER_CANCELED")
    experiment.log("nnimanager.log", overtime_line(job))
    assert only(experiment.directory).reason == "maxTrialDuration exceeded"


def test_user_canceled_by_nobody_is_a_kill(experiment: Any) -> None:
    experiment.trial(0, status="USER_CANCELED")
    experiment.log("nnimanager.log", f"{INFO} (main) Start NNI manager")
    trial = only(experiment.directory)
    assert trial.end is End.FAILED
    assert "signal" in trial.reason


def test_user_canceled_without_a_log_is_taken_for_an_early_stop(experiment: Any) -> None:
    experiment.trial(0, status="USER_CANCELED")
    assert only(experiment.directory).end is End.STOPPED


@pytest.mark.parametrize(
    "order", [("USER_TO_CANCEL", "USER_CANCELED"), ("USER_CANCELED", "USER_TO_CANCEL")]
)
def test_a_users_cancel_is_no_early_stop(experiment: Any, order: tuple[str, str]) -> None:
    experiment.submit("a", 0, 0, {})
    for name in order:
        experiment.event("a", name, 0)
    assert only(experiment.directory).end is End.CANCELED


@pytest.mark.parametrize(("status", "end"), [("RUNNING", End.RUNNING), ("WAITING", End.WAITING)])
def test_ongoing_trials(experiment: Any, status: str, end: End) -> None:
    experiment.event("a", status, 0, {"parameter_id": 0, "parameters": {}})
    trial = only(experiment.directory)
    assert trial.end is end
    assert trial.ended is None


def test_curves_can_be_left_out(experiment: Any) -> None:
    experiment.trial(0, 1.0, steps=3)
    (trial,) = read_trials(experiment.directory, curves=False).trials
    assert trial.curve == ()
    assert trial.values == {"default": 1.0}


def test_intermediate_dicts_give_the_first_objective(experiment: Any) -> None:
    experiment.submit("a", 0, 0, {})
    for step, value in enumerate([{"size": 1, "default": 0.1}, {"size": 5}, "odd"]):
        experiment.report("a", 0, value, step=step)
    trial = only(experiment.directory)
    assert trial.curve[0] == (0, 0.1)
    assert all(math.isnan(value) for _, value in trial.curve[1:])
    assert trial.reports[1].values == {"size": 5.0}


def test_the_latest_config_counts(experiment: Any) -> None:
    experiment.config({"maxTrialNumber": 9})
    assert ExperimentStore(experiment.directory).config() == {"maxTrialNumber": 9}


def test_no_database(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="NNI database not found"):
        read_trials(tmp_path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "nni.sqlite").write_text("this is no database at all, just text " * 100)
    with pytest.raises(ExperimentError, match=r"nni\.sqlite"):
        read_trials(tmp_path)


def test_a_database_without_tables_is_an_experiment_without_trials(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    sqlite3.connect(tmp_path / "db" / "nni.sqlite").close()
    assert read_trials(tmp_path).trials == ()


def test_a_locked_database_is_waited_for(experiment: Any) -> None:
    experiment.trial(0, 1.0)
    writer = sqlite3.connect(experiment.directory / "db" / "nni.sqlite", check_same_thread=False)
    writer.execute("begin exclusive")
    release = threading.Timer(0.2, writer.rollback)
    release.start()
    assert len(read_trials(experiment.directory).trials) == 1
    release.join()
