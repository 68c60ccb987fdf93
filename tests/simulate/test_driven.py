"""What tuners and assessors are told, and when."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import Spy, SpyAssessor

from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.simulate import Options, Protocol, simulate
from nni_hpo_ext.simulate._build import tuner_component
from nni_hpo_ext.trace import Run


def run(tuner: str, benchmark: str = "toys.Table", trials: int = 4, **options: Any) -> Run:
    (done,) = simulate(
        Options(benchmark, (tuner,), Protocol(max_trials=trials), suggest_cost=0.0, **options)
    )
    return done


def test_results_come_when_trainings_end() -> None:
    run("toys.Spy", trials=2, workers=2)
    assert Spy.last.heard == [
        (0.0, "ask", 0),
        (0.0, "ask", 1),
        (10.0, "result", 0, 0.5),
        (10.0, "end", 0, True),
        (20.0, "result", 1, 0.8),
        (20.0, "end", 1, True),
    ]


def test_a_constructor_gets_what_it_names() -> None:
    run("toys.Spy", seed=7)
    assert (Spy.last.seed, Spy.last.optimize_mode) == (7, "maximize")
    assert Spy.last.oracle({"i": 2}) == 0.95
    assert Spy.last.clock() == 100.0


def test_a_tuner_that_asks_for_the_candidates_tries_them_only() -> None:
    done = run("RANDOM", benchmark="toys.Listed", trials=9)
    assert sorted(t.params["i"] for t in done.trials) == [2, 5, 700]
    assert done.ending == "exhausted"
    assert done.header.arguments["candidates"] == 3


def test_candidates_can_be_kept_from_a_tuner() -> None:
    done = run("RANDOM", benchmark="toys.Listed", trials=9, candidates=False)
    assert len(done.trials) == 9
    assert "candidates" not in done.header.arguments


def test_the_assessor_sees_no_epoch_before_its_time() -> None:
    done = run("toys.Spy", trials=2, workers=2, assessor="toys.SpyAssessor")
    assert SpyAssessor.last.max_epochs == 4
    assert SpyAssessor.last.heard == [
        (2.5, "0", (0.125,)),
        (5.0, "1", (0.2,)),
        (5.0, "0", (0.125, 0.25)),
        (7.5, "0", (0.125, 0.25, 0.375)),
        (10.0, "1", (0.2, 0.4)),
        (10.0, "1", False),
        (10.0, "0", (0.125, 0.25, 0.375, 0.5)),
        (10.0, "0", True),
    ]
    first, stopped = done.trials
    assert (first.status, first.end, first.final) == ("completed", 10.0, 0.5)
    assert (stopped.status, stopped.end, stopped.final) == ("stopped", 10.0, 0.4)
    assert (stopped.epochs, stopped.values) == ((1, 2), (0.2, 0.4))
    assert stopped.true == 0.8


def test_a_stopped_trial_has_no_result_for_nni_tuners() -> None:
    run("toys.Spy", trials=2, assessor="toys.SpyAssessor")
    assert [h[1:] for h in Spy.last.heard if h[2] == 1] == [("ask", 1), ("end", 1, False)]


def test_a_stopped_trial_has_its_best_value_for_our_tuners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nni_hpo_ext.tuners import RandomTuner

    told: list[Any] = []
    learn, end = RandomTuner.receive_trial_result, RandomTuner.trial_end

    def receive(self: Any, i: Any, params: Any, value: Any, **kwargs: Any) -> None:
        told.append((i, value))
        learn(self, i, params, value, **kwargs)

    def ended(self: Any, i: Any, success: bool, **kwargs: Any) -> None:
        told.append((i, success))
        end(self, i, success, **kwargs)

    monkeypatch.setattr(RandomTuner, "receive_trial_result", receive)
    monkeypatch.setattr(RandomTuner, "trial_end", ended)
    run("toys.Spy", trials=1)  # whose clock the assessor reads
    done = run("RANDOM", trials=2, assessor="toys.SpyAssessor")
    reached = done.trials[1].values[1]
    assert told[2:] == [(1, {"default": reached, "partial": 1}), (1, False)]


@pytest.mark.parametrize("tuner", ["HYPERBAND", "BOHB"])
def test_a_budget_ends_a_trial_early(tuner: str) -> None:
    done = run(tuner, trials=5)
    assert done.header.arguments["max_budget"] == 4
    *first, best, full = done.trials  # 3 with a budget of 1, then 1 with 4; the next bracket
    assert [(t.status, t.epochs) for t in first] == 3 * [("stopped", (1,))]
    assert [t.final for t in first] == [t.true / 4 for t in first if t.true is not None]
    assert {(t.status, t.epochs) for t in (best, full)} == {("completed", (1, 2, 3, 4))}
    assert best.true == max(t.true or 0.0 for t in first)
    durations = [10.0 * (t.params["i"] % 4 + 1) for t in done.trials]
    assert [t.end - t.start for t in done.trials] == [
        *(d / 4 for d in durations[:3]),
        *durations[3:],
    ]


def test_a_running_trial_shows_only_what_it_reported_by_then() -> None:
    options = Options(
        "toys.Table", ("toys.Counting",), Protocol(max_seconds=25.0), suggest_cost=0.0, workers=2
    )
    (done,) = simulate(options)
    # Trial 2 of 30 s began at 10, trial 3 of 40 s at 20.
    assert [(t.number, len(t.values)) for t in done.trials] == [(0, 4), (1, 4), (2, 2), (3, 0)]


@pytest.mark.parametrize(
    "name", ["median", "nni.algorithms.hpo.medianstop_assessor.MedianstopAssessor"]
)
def test_median_rules_stop_bad_trials(name: str) -> None:
    done = run("RANDOM", "branin", trials=40, assessor=name)
    stopped = [t for t in done.trials if t.status == "stopped"]
    assert 5 < len(stopped) < 35
    assert all(len(t.values) < 20 for t in stopped)


def test_nni_tpe_runs_and_learns() -> None:
    done = run("nni.algorithms.hpo.tpe_tuner.TpeTuner", "branin", trials=60)
    finals = [t.final for t in done.trials if t.final is not None]
    assert np.median(finals[30:]) < np.median(finals[:20]) / 2
    assert done.header.arguments == {"optimize_mode": "minimize", "seed": 0}
    assert done.trials[0].arm is None


def test_our_tuners_explain_themselves() -> None:
    trial = run("RANDOM", "branin", trials=1).trials[0]
    assert (trial.arm, trial.probability, trial.reason) == ("random", 1.0, "draw 1")


def test_no_more_trials_end_a_run() -> None:
    done = run("toys.Three", trials=10)
    assert (done.ending, len(done.trials)) == ("exhausted", 3)


def test_the_global_generators_are_seeded_and_restored() -> None:
    np.random.seed(123)
    before = np.random.get_state()[1].tolist()  # type: ignore[index]
    first = [t.params for t in run("toys.GlobalState").trials]
    assert first == [t.params for t in run("toys.GlobalState").trials]
    assert first != [t.params for t in run("toys.GlobalState", seed=1).trials]
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]


def test_the_same_trial_of_another_seed_has_other_noise() -> None:
    finals = [run("toys.Counting", "toys.Noisy", seed=s).trials[0].final for s in (0, 0, 1)]
    assert finals[0] == finals[1] != finals[2]


@pytest.mark.parametrize(
    "method", ["update_search_space", "generate_parameters", "receive_trial_result", "trial_end"]
)
def test_a_tuner_that_raises_is_one_line(method: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(ExperimentError, match=r"^tuner toys.Raising: .*: division by zero;") as info,
    ):
        run("toys.Raising", tuner_arguments={"method": method})
    assert "\n" not in str(info.value)
    assert "ZeroDivisionError" in caplog.text


def test_a_suggestion_outside_the_space_is_named() -> None:
    with pytest.raises(ExperimentError, match=r"trial 0 is not in the search space: i: -1"):
        run("toys.Outside")


def test_an_assessor_must_give_a_verdict() -> None:
    with pytest.raises(ExperimentError, match="assess_trial returned None"):
        run("RANDOM", assessor="toys.Silent")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tuner_arguments": {"seed": 3}}, "'seed' is set by --seed"),
        ({"tuner_arguments": {"nonsense": 3}}, "unexpected keyword argument 'nonsense'"),
        ({"tuner_arguments": {"objectives": 3}}, "objectives must be .* got 3"),
        ({"assessor": "nonsense"}, "unknown assessor 'nonsense': must be .*median, compound"),
        ({"assessor": "toys.Nothing"}, "cannot be imported"),
        ({"assessor_arguments": {"start_step": 1}}, "--assessor"),
        ({"assessor": "median", "benchmark": "toys.NoCurves"}, "no learning curves"),
        ({"tuners": ("BOHB",), "benchmark": "toys.NoCurves"}, "learning curves, which BOHB"),
        ({"benchmark": "nonsense"}, "must be a class or one of digits, branin, "),
        ({"benchmark": "toys.Counting"}, "subclass of nni_hpo_ext.simulate.Benchmark"),
        ({"benchmark": "no_such_package.Table"}, "cannot be imported"),
        ({"seed": 2**32}, "--seed 4294967296: .* < 2\\*\\*32"),
        ({"workers": 0}, "--workers must be .* got 0"),
        ({"suggest_cost": -1.0}, "--suggest-cost must be .*, got -1.0"),
        ({"goal": float("nan")}, "-eg must be .*, got nan"),
        ({"jobs": 0}, "--jobs must be .* got 0"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], problem: str) -> None:
    with pytest.raises((ConfigError, ExperimentError), match=problem):
        list(
            simulate(
                Options(**{"benchmark": "branin", "protocol": Protocol(max_trials=1), **options})
            )
        )


def test_the_same_tuner_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="two tuners have the same name: RANDOM, RANDOM"):
        list(simulate(Options("branin", ("RANDOM", "RANDOM"))))


def test_modes_name_our_tuners() -> None:
    choice = tuner_component("DIV:BO-HEDGE-T", {"response": "log"})
    assert choice.label == "DIV:BO-HEDGE-T"
    assert choice.class_name == "nni_hpo_ext.tuners.DiversifiedTuner"
    assert choice.arguments == {"mode": "DIV", "spec": "BO-HEDGE-T", "response": "log"}


def test_a_run_writes_to_its_own_journal_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    run("RANDOM", "branin", trials=1)
    journal.write("suggest", id=0, arm="mine")
    assert [e and e["arm"] for e in journal.events()] == ["mine"]
