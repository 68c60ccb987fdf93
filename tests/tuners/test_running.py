"""What a tuner learns from an assessor: forecasts of stopped and of running trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from experiment_files import FakeExperiment

from nni_hpo_ext.assessors import MedianStopAssessor
from nni_hpo_ext.dispatcher import Dispatcher, separate_dispatcher
from nni_hpo_ext.dragonfly.engine import DragonflyEngine
from nni_hpo_ext.journal import TUNER_FILE, Journal, read_events
from nni_hpo_ext.tuners import DragonflyTuner
from nni_hpo_ext.tuners._running import RunningTrials
from nni_hpo_ext.types import Forecast, Forecasts, Params

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}


class Pair:
    """A tuner and an assessor of one experiment; a trial's accuracy rises to ``0.5 + x / 2``."""

    def __init__(self, *, resume: bool = False) -> None:
        with separate_dispatcher():
            self.tuner = DragonflyTuner(seed=0, num_init_evals=2)
            self.assessor = MedianStopAssessor(rule="median", min_completed=2)
        self.params: dict[int, dict[str, float]] = {}
        if resume:
            self.tuner.load_checkpoint()
        self.tuner.update_search_space(SPACE)

    def start(self, number: int) -> None:
        self.params[number] = self.tuner.generate_parameters(number)

    def train(self, number: int, steps: int) -> bool:
        """Train to a step, and return whether the trial was stopped."""
        top = 0.5 + self.params[number]["x"] / 2
        curve = [top * (1 - 0.5**s) for s in range(1, steps + 1)]
        return self.assessor.assess_trial(str(number), curve).name == "Bad"

    def end(self, number: int, value: object, success: bool) -> None:
        self.assessor.trial_end(str(number), success)
        self.tuner.receive_trial_result(number, self.params[number], value)
        self.tuner.trial_end(number, success)

    def complete(self, *numbers: int) -> None:
        for number in numbers:
            self.start(number)
            self.train(number, 8)
            self.end(number, 0.5 + self.params[number]["x"] / 2, True)


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "experiment" / "checkpoint"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    return folder


def stopped_forecasts(checkpoint: Path) -> list[object]:
    events = read_events(checkpoint / TUNER_FILE)
    return [e.get("forecasts") for e in events if e.get("status") == "stopped"]


def test_a_stopped_trial_is_learnt_with_its_predicted_final_value(checkpoint: Path) -> None:
    pair = Pair()
    pair.complete(0, 1, 2)
    pair.start(3)
    pair.train(3, 2)
    reached = 0.75 * (0.5 + pair.params[3]["x"] / 2)
    pair.end(3, {"default": reached, "partial": True}, False)
    (forecasts,) = stopped_forecasts(checkpoint)
    mean, std = forecasts["default"]
    assert mean > reached
    assert std > 0
    trial = pair.tuner._memory.history.trials(pair.tuner._memory.objectives, True)[3]
    assert trial.forecasts["default"] == Forecast(mean, std)


def test_a_resumed_tuner_has_the_forecasts(checkpoint: Path) -> None:
    pair = Pair()
    pair.complete(0, 1, 2)
    pair.start(3)
    pair.train(3, 2)
    pair.end(3, {"default": 0.4, "partial": True}, False)
    resumed = Pair(resume=True)
    (before, after) = (
        p.tuner._memory.history.trials(p.tuner._memory.objectives, True) for p in (pair, resumed)
    )
    assert [t.forecasts for t in before] == [t.forecasts for t in after]


class Recorder(DragonflyEngine):
    """An algorithm that remembers what it was told of running trials."""

    told: Sequence[tuple[Params, Forecasts]] = ()

    def observe_running(self, running: Sequence[tuple[Params, Forecasts]]) -> None:
        Recorder.told = running
        super().observe_running(running)


def test_an_algorithm_sees_the_running_trials_with_their_predicted_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nni_hpo_ext.dragonfly.engine.DragonflyEngine", Recorder)
    pair = Pair()
    pair.complete(0, 1)
    pair.start(2)
    pair.start(3)
    pair.train(3, 4)
    pair.start(4)
    ((params, forecasts),) = Recorder.told
    assert params == pair.params[3]
    assert forecasts["default"].mean == pytest.approx(0.5 + params["x"] / 2, abs=0.1)


def test_a_stopped_trial_that_reports_nothing_is_learnt_from_its_curve(checkpoint: Path) -> None:
    pair = Pair()
    pair.complete(0, 1, 2)
    pair.start(3)
    assert pair.assessor.assess_trial("3", [0.1, 0.2, 0.15]).name == "Bad"
    pair.assessor.trial_end("3", success=False)
    pair.tuner.trial_end(3, success=False)
    (event,) = (e for e in read_events(checkpoint / TUNER_FILE) if e.get("status") == "stopped")
    assert event["values"] == {"default": 0.2}
    assert event["forecasts"]["default"][0] > 0.2


def test_a_trial_that_dies_by_itself_has_failed(checkpoint: Path) -> None:
    pair = Pair()
    pair.complete(0, 1, 2)
    pair.start(3)
    pair.train(3, 2)
    pair.assessor.trial_end("3", success=False)
    pair.tuner.trial_end(3, success=False)
    assert stopped_forecasts(checkpoint) == []


class Known(Dispatcher):
    """An assessor that observes given jobs, and predicts the same for each."""

    def __init__(self, *jobs: str) -> None:
        self._jobs = jobs

    def running_trials(self) -> list[str]:
        return list(self._jobs)

    def forecasts(self, trial_job_id: str) -> Forecasts:
        return {"default": Forecast(0.5, 0.1)}


class Broken(Known):
    """An assessor that fails."""

    def forecasts(self, trial_job_id: str) -> Forecasts:
        raise RuntimeError("no forecast")


def test_an_assessor_that_fails_is_logged_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    running = RunningTrials(Broken("7"), Journal(None))
    assert running.forecasts({(0, 7): {"x": 0}}) == []
    assert running.final(None, 7) == {}
    assert "no forecast" in caplog.text


def test_nni_tells_which_configuration_a_job_has(tmp_path: Path) -> None:
    experiment = FakeExperiment(tmp_path / "abc")
    experiment.submit("qwert", 0, 1, {"x": 1})  # the trial that starts first takes the first
    experiment.submit("asdfg", 1, 0, {"x": 0})
    experiment.report("qwert", 0, 0.4)
    experiment.report("asdfg", 1, 0.4)
    journal = Journal(tmp_path / "abc" / "checkpoint" / TUNER_FILE)
    running = RunningTrials(Known("qwert", "asdfg", "other"), journal)
    found = running.forecasts({(0, 0): {"x": 0}, (0, 1): {"x": 1}})
    assert [params for params, _ in found] == [{"x": 0}, {"x": 1}]


def test_without_nni_a_job_has_the_id_of_its_configuration() -> None:
    running = RunningTrials(Known("7", "8"), Journal(None))
    assert [params for params, _ in running.forecasts({(0, 7): {"x": 0}})] == [{"x": 0}]
