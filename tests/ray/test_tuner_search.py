"""Tuners and assessors of ours in Ray Tune: what its driver calls, without a cluster."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray.tune", reason="Ray Tune is not installed: an extra")

from ray import tune
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.journal import TUNER_FILE, read_events
from nni_hpo_ext.ray import AssessorScheduler, TunerSearch, TuneSpace, _study
from nni_hpo_ext.study import read_served

X = {"x": {"_type": "uniform", "_value": [0, 1]}}


def search(folder: Path, tuner: str = "RandomSearch", **others: Any) -> TunerSearch:
    settings = {"space": X, "metric": "score", "mode": "max", "seed": 1, **others}
    return TunerSearch(tuner, directory=folder, name="study", **settings)


def killed(before: TunerSearch, saved: Path) -> TunerSearch:
    """Return the searcher that Ray restores in a new process from what it saved."""
    again: TunerSearch = pickle.loads(saved.with_suffix(".pkl").read_bytes())  # noqa: S301
    _study._open.clear()
    again.restore(str(saved))
    return again


def report(searcher: TunerSearch, trial: str, iteration: int, score: float, **more: Any) -> bool:
    result = {"score": score, "training_iteration": iteration, **more}
    return searcher.record(trial, result)


def end(searcher: TunerSearch, trial: str, iteration: int, score: Any, **more: Any) -> None:
    result = {"score": score, "training_iteration": iteration, "done": True, **more}
    searcher.on_trial_complete(trial, result)


def rows(searcher: TunerSearch) -> list[tuple[str, dict[str, float]]]:
    return [(t.end.value, dict(t.values)) for t in read_served(str(searcher.directory)).trials]


def test_suggestions_and_results_are_a_study_that_the_commands_read(tmp_path: Path) -> None:
    searcher = search(tmp_path)
    config = searcher.suggest("a")
    assert isinstance(config, dict)
    report(searcher, "a", 1, 0.5)
    report(searcher, "a", 1, 0.5)  # Ray repeats the last result when a trial ends
    end(searcher, "a", 1, 0.5)
    study = read_served(str(searcher.directory))
    assert [(t.params, t.values, len(t.reports)) for t in study.trials] == [
        (config, {"score": 0.5}, 1)
    ]


def test_a_trial_that_fails_or_reports_nonsense_fails_alone(tmp_path: Path) -> None:
    searcher = search(tmp_path)
    for trial in "abcd":
        searcher.suggest(trial)
    searcher.on_trial_complete("a", None, error=True)
    end(searcher, "b", 1, float("nan"))
    end(searcher, "c", 1, 0.5)
    searcher.on_trial_complete("unknown", {"score": 1.0})
    searcher.on_trial_complete("d")  # Ray never started it
    assert rows(searcher) == [
        ("failed", {}),
        ("failed", {}),
        ("succeeded", {"score": 0.5}),
        ("waiting", {}),
    ]


def test_several_metrics_reach_the_tuner(tmp_path: Path) -> None:
    searcher = search(tmp_path, "Evolution", metric=["score", "seconds"], mode=["max", "min"])
    searcher.suggest("a")
    end(searcher, "a", 1, 0.5, seconds=3.0)
    events = list(read_events(searcher.directory / "checkpoint" / TUNER_FILE))
    assert [e["values"] for e in events if e["event"] == "result"] == [
        {"score": 0.5, "seconds": 3.0}
    ]
    with pytest.raises(ConfigError, match="optimises one objective"):
        search(tmp_path / "tpe", "TPE", metric=["score", "seconds"], mode=["max", "min"]).suggest(
            "a"
        )


class _Trial:
    def __init__(self, trial_id: str) -> None:
        self.trial_id = trial_id


def test_the_scheduler_stops_what_the_assessor_stops(tmp_path: Path) -> None:
    searcher = search(tmp_path)
    arguments = {"rule": "median", "min_completed": 2}
    scheduler = AssessorScheduler(searcher, "MedianStopAssessor", arguments)
    copied: TunerSearch
    copied, scheduler = copy.deepcopy((searcher, scheduler))
    for trial, score in zip("abcd", [0.5, 0.6, 0.7, 0.1], strict=True):
        copied.suggest(trial)
        for iteration in (1, 2):
            result = {"score": score, "training_iteration": iteration}
            decision = scheduler.on_trial_result(None, _Trial(trial), result)
            stops = trial == "d"
            assert decision == (TrialScheduler.STOP if stops else TrialScheduler.CONTINUE)
            if stops:
                break
        copied.on_trial_complete(trial, result)
    assert rows(copied)[-1] == ("stopped early", {"score": 0.1})
    with pytest.raises(ConfigError, match="already has the assessor"):
        AssessorScheduler(searcher)


def test_nothing_is_lost_or_doubled_when_the_driver_is_killed(tmp_path: Path) -> None:
    """Ray saved its state after two suggestions; two more followed, one of which ended."""
    searcher, saved = search(tmp_path), tmp_path / "saved"
    saved.with_suffix(".pkl").write_bytes(pickle.dumps(searcher))
    configs = {"a": searcher.suggest("a"), "b": searcher.suggest("b")}
    searcher.save(str(saved))
    report(searcher, "a", 1, 0.1)
    end(searcher, "a", 2, 0.2)
    configs |= {"c": searcher.suggest("c"), "d": searcher.suggest("d")}
    end(searcher, "c", 1, 0.3)

    again = killed(searcher, saved)
    assert not report(again, "a", 1, 0.15)  # its end is known; Ray trains it once more
    end(again, "a", 2, 0.25)
    end(again, "b", 1, 0.4)
    assert again.suggest("e") == configs["c"]
    assert again.suggest("f") == configs["d"]
    new = again.suggest("g")
    assert new not in configs.values()
    for trial, score in zip("efg", [0.35, 0.5, 0.6], strict=True):
        end(again, trial, 1, score)
    values = [values["score"] for _, values in rows(again)]
    assert values == [0.2, 0.4, 0.3, 0.5, 0.6]
    events = read_events(again.directory / "checkpoint" / TUNER_FILE)
    counts = Counter(e["event"] for e in events)
    assert (counts["suggest"], counts["result"]) == (5, 5)


def test_a_trial_that_starts_again_replaces_its_curve(tmp_path: Path) -> None:
    searcher = search(tmp_path)
    searcher.suggest("a")
    for iteration, score in [(1, 0.1), (2, 0.2), (3, 0.3), (2, 0.25), (3, 0.35)]:
        report(searcher, "a", iteration, score)  # a failure, and on from the first checkpoint
    end(searcher, "a", 3, 0.35)
    trial = read_served(str(searcher.directory)).trials[0]
    assert [r.value for r in trial.reports] == [0.1, 0.25, 0.35]


def test_the_search_ends_when_every_configuration_was_tried(tmp_path: Path) -> None:
    space = {"k": {"_type": "choice", "_value": [1, 2]}}
    searcher = search(tmp_path, "Grid", space=space)
    found = [searcher.suggest(trial) for trial in "abc"]
    assert found[2] == Searcher.FINISHED
    assert sorted(config["k"] for config in found[:2]) == [1, 2]


def test_a_study_can_be_continued_by_another_run(tmp_path: Path) -> None:
    first = search(tmp_path)
    configs = [first.suggest(trial) for trial in "ab"]
    end(first, "a", 1, 0.5)
    _study._open.clear()
    later = search(tmp_path)
    assert later.suggest("c") == configs[1]  # it never ended
    assert later.suggest("d") not in configs


def test_tune_spaces_are_translated() -> None:
    space = {
        "epochs": 3,
        "lr": tune.loguniform(1e-4, 1e-1),
        "momentum": tune.quniform(0, 1, 0.1),
        "net": {
            "units": tune.lograndint(16, 513),
            "layers": tune.randint(1, 4),
            "width": tune.qrandint(10, 35, 10),
            "init": tune.randn(0, 2),
            "act": tune.choice(["relu", "tanh"]),
        },
    }
    found = TuneSpace(space)
    assert found.search_space == {
        "lr": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
        "momentum": {"_type": "quniform", "_value": [0.0, 1.0, 0.1]},
        "net/units": {"_type": "qloguniform", "_value": [16, 512, 1]},
        "net/layers": {"_type": "randint", "_value": [1, 4]},
        "net/width": {"_type": "choice", "_value": [10, 20, 30]},
        "net/init": {"_type": "normal", "_value": [0, 2]},
        "net/act": {"_type": "choice", "_value": ["relu", "tanh"]},
    }
    flat = {"lr": 0.01, "momentum": 0.5, "net/units": 32.0, "net/layers": 2, "net/width": 10}
    config = found.config({**flat, "net/init": 0.0, "net/act": "relu"})
    assert config["net"] == {"units": 32, "layers": 2, "width": 10, "init": 0.0, "act": "relu"}
    assert type(config["net"]["units"]) is int


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (tune.grid_search([1, 2]), "grid_search has no equal"),
        (tune.sample_from(lambda spec: 1), "no equal"),
        (tune.choice([1, object()]), "JSON does not have"),
    ],
)
def test_what_has_no_equal_is_named(entry: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as error:
        TuneSpace({"net": {"k": entry}})
    assert "net/k" in str(error.value)


def test_metric_and_space_come_from_tune_config_if_the_constructor_got_none(
    tmp_path: Path,
) -> None:
    searcher = TunerSearch("RandomSearch", directory=tmp_path)
    with pytest.raises(ConfigError, match="metric and mode"):
        searcher.suggest("a")
    assert searcher.set_search_properties("loss", "min", {"x": tune.uniform(0, 1), "k": 1})
    assert set(searcher.suggest("a")) == {"x"}
    definition = json.loads((searcher.directory / "study.json").read_text())
    assert definition["objectives"] == {"loss": "minimize"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mode": "best"}, "mode"),
        ({"metric": ["a", "b"], "mode": "max"}, "one mode for each metric"),
        ({"metric": ["a", "a"], "mode": ["max", "max"]}, "must differ"),
        ({"tuner_args": {"f": print}}, "plain JSON"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, settings: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        search(tmp_path, **settings)
