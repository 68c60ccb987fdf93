"""The adapter keeps an experiment going whatever NNI, trials and algorithms do."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nni
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners import RandomTuner
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.types import Algorithm, Objective, Params, Suggestion, Trial, TrialStatus

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}
FOUR = {"x": {"_type": "choice", "_value": [1, 2, 3, 4]}}


class Probe:
    """An algorithm that records what it is told and answers as the test says."""

    def __init__(self, space: SearchSpace, objectives: Sequence[Objective]) -> None:
        self.objectives = tuple(objectives)
        self.space = space
        self.trials: list[Trial] = []
        self.pending: list[Params] = []
        self.answers: list[Any] = []

    def observe(self, trials: Sequence[Trial]) -> None:
        self.trials = list(trials)

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        self.pending = list(pending)
        answer = self.answers.pop(0) if self.answers else {"x": 0.5 + len(pending) / 1000}
        if isinstance(answer, Exception):
            raise answer
        return [Suggestion(answer, "probe", 1.0, "test")]

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        pass


class ProbeTuner(AlgorithmTuner):
    probe: Probe

    def _make_algorithm(self, space: SearchSpace, objectives: Any, seed: int) -> Algorithm:
        self.probe = Probe(space, objectives)
        return self.probe


def started(space: Any = SPACE, **arguments: Any) -> ProbeTuner:
    tuner = ProbeTuner(**arguments)
    tuner.update_search_space(space)
    return tuner


def values(tuner: ProbeTuner) -> list[tuple[TrialStatus, tuple[float, ...]]]:
    tuner.generate_parameters(10_000)
    return [(t.status, t.values) for t in tuner.probe.trials]


def test_results_and_pending_trials_reach_the_algorithm() -> None:
    tuner = started()
    first, second = tuner.generate_multiple_parameters([0, 1])
    tuner.receive_trial_result(0, first, 0.9)
    tuner.trial_end(0, True)
    tuner.generate_parameters(2)
    assert [(t.params, t.values) for t in tuner.probe.trials] == [(first, (0.9,))]
    assert tuner.probe.pending == [second]


def test_an_end_without_result_is_a_failure_until_a_result_comes_after_all() -> None:
    tuner = started()
    params = tuner.generate_parameters(0)
    tuner.trial_end(0, False)
    assert values(tuner) == [(TrialStatus.FAILED, ())]
    tuner.receive_trial_result(0, params, 0.9)
    assert values(tuner) == [(TrialStatus.COMPLETED, (0.9,))]


def test_a_trial_that_ended_well_runs_until_its_result_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """NNI queues a trial's end and its result apart; the end is often heard first."""
    tuner = started()
    params = tuner.generate_parameters(0)
    tuner.trial_end(0, True)
    tuner.generate_parameters(1)
    assert tuner.probe.trials == []
    assert tuner.probe.pending == [params]
    tuner.receive_trial_result(0, params, 0.9)
    tuner.trial_end(0, True)
    assert values(tuner) == [(TrialStatus.COMPLETED, (0.9,))]
    tuner._on_exit()
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize("running", [1, 4])
def test_a_result_is_missing_when_those_of_later_trials_have_come(
    running: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and counts as a failure until it comes after all."""
    tuner = started()
    lost = tuner.generate_parameters(0)
    others = dict(enumerate(tuner.generate_multiple_parameters(list(range(1, running))), 1))
    tuner.trial_end(0, True)
    for number in range(running, 4 * running):
        others[number] = tuner.generate_parameters(number)
        oldest = min(others)
        tuner.receive_trial_result(oldest, others.pop(oldest), 0.5)
        tuner.trial_end(oldest, True)
    failed = [t.params for t in tuner.probe.trials if t.status is TrialStatus.FAILED]
    assert failed == [lost]
    assert lost not in tuner.probe.pending
    (warning,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert (
        "succeeded without a final result and are recorded as failed: trial 0;"
        in warning.getMessage()
    )
    tuner.receive_trial_result(0, lost, 0.1)
    assert (TrialStatus.COMPLETED, (0.1,)) in values(tuner)


def test_trials_that_never_report_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    tuner = started()
    for number in range(30):
        tuner.generate_parameters(number)
        tuner.trial_end(number, True)
    assert "without a final result" in caplog.text
    assert len(tuner.probe.pending) < 12


def test_what_is_missing_when_the_tuner_ends_is_said(caplog: pytest.LogCaptureFixture) -> None:
    tuner = started()
    tuner.generate_multiple_parameters([0, 1])
    tuner.trial_end(1, True)
    tuner._on_exit()
    (warning,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert warning.getMessage() == "succeeded, but have not sent a final result: trial 1"


def test_a_result_told_twice_counts_once_with_the_last_value() -> None:
    tuner = started()
    params = tuner.generate_parameters(0)
    tuner.receive_trial_result(0, params, 0.1)
    tuner.receive_trial_result(0, params, 0.2)
    tuner.trial_end(0, True)
    tuner.trial_end(0, True)
    assert values(tuner) == [(TrialStatus.COMPLETED, (0.2,))]


def test_results_of_trials_it_never_suggested_count() -> None:
    tuner = started()
    tuner.receive_trial_result(7, {"x": 0.1}, 0.1)
    tuner.receive_trial_result(None, {"x": 0.2}, 0.2, customized=True, trial_job_id="a")
    tuner.receive_trial_result(None, {"x": 0.3}, 0.3, customized=True, trial_job_id="b")
    tuner.import_data([{"parameter": {"x": 0.4}, "value": 0.4}])
    tuner.trial_end(None, True)
    assert [v for _, v in values(tuner)] == [(0.1,), (0.2,), (0.3,), (0.4,)]


@pytest.mark.parametrize(
    "data",
    [
        [], None, "text", [None], [{}], [{"parameter": {"x": 1}}], [{"value": 1}],
        [{"parameter": None, "value": 1}], [{"parameter": {}, "value": 1}],
        [{"parameter": {"x": 5}, "value": 1}], [{"parameter": {"x": "a"}, "value": 1}],
        [{"parameter": {"x": 0.5, "y": 1}, "value": 1}],
    ],
    ids=repr,
)  # fmt: skip
def test_an_odd_import_teaches_nothing_and_breaks_nothing(data: Any) -> None:
    tuner = started()
    tuner.import_data(data)
    assert values(tuner) == []


def test_a_failing_algorithm_is_replaced_by_a_random_draw_and_not_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    tuner = started()
    tuner.probe.answers = [RuntimeError("boom"), {"x": 99}, {"x": 0.5}]
    configurations = tuner.generate_multiple_parameters([0, 1, 2])
    assert all(c in tuner.probe.space for c in configurations)
    assert "boom" in caplog.text
    events = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [e["id"] for e in events if e["event"] == "fallback"] == [0, 1]
    arms = [e["arm"] for e in events if e["event"] == "suggest"]
    assert arms == ["random", "random", "probe"]


def test_a_configuration_is_not_suggested_twice_and_the_end_is_nnis_own_signal() -> None:
    tuner = started(FOUR)
    tuner.probe.answers = [{"x": 2}] * 9
    handed_out = tuner.generate_multiple_parameters(list(range(9)))
    assert sorted(c["x"] for c in handed_out) == [1, 2, 3, 4]
    with pytest.raises(nni.NoMoreTrialError):
        tuner.generate_parameters(9)


def test_a_new_search_space_keeps_what_fits() -> None:
    tuner = started(FOUR)
    for i, x in enumerate((1, 4)):
        tuner.receive_trial_result(i, {"x": x}, float(x))
    tuner.update_search_space({"x": {"_type": "choice", "_value": [3, 4, 5]}})
    tuner.probe.answers = [{"x": 5}]
    tuner.generate_parameters(2)
    assert [t.params for t in tuner.probe.trials] == [{"x": 4}]


def test_a_malformed_space_ends_the_experiment_with_the_reason() -> None:
    class Dispatcher:
        errors: list[str] = []  # noqa: RUF012

        def report_error(self, message: str) -> None:
            self.errors.append(message)

        def send(self, *_: Any) -> None:
            raise AssertionError

    tuner = started({"x": {"_type": "loguniform", "_value": [0, 1]}})
    with pytest.raises(nni.NoMoreTrialError, match="loguniform"):
        tuner.generate_parameters(0, st_callback=Dispatcher().send)
    assert "loguniform" in Dispatcher.errors[0]


def test_objectives_of_the_older_form_come_from_the_first_report_that_has_them() -> None:
    tuner = started()
    params = tuner.generate_parameters(0)
    tuner.receive_trial_result(0, params, {"default": 0.5, "runtime": 2.0, "maximize": ["default"]})
    assert [o.name for o in tuner.probe.objectives] == ["default", "runtime"]
    assert values(tuner) == [(TrialStatus.COMPLETED, (0.5, 2.0))]


def test_each_failure_is_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    tuner = started()
    params = tuner.generate_parameters(0)
    tuner.receive_trial_result(0, params, "nonsense")
    tuner.trial_end(0, False)
    (record,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert "nonsense" in record.getMessage()


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, 2**32])
def test_a_wrong_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ConfigError, match=r"seed must be .* got"):
        RandomTuner(seed=seed)


def test_random_search_repeats_with_its_seed() -> None:
    def run(seed: int) -> list[Any]:
        tuner = RandomTuner(seed=seed)
        tuner.update_search_space(SPACE)
        return tuner.generate_multiple_parameters(list(range(5)))

    assert run(1) == run(1) != run(2)
