"""A driver of Ray Tune for tests, to be killed and started again: STORAGE STUDIES HOLD."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import ray
from ray import tune

from nni_hpo_ext.ray import AssessorScheduler, TunerSearch

TRIALS = 12
SPACE = {
    "x": {"_type": "uniform", "_value": [0, 1]},
    "model": {
        "_type": "choice",
        "_value": [{"_name": "tree", "depth": {"_type": "randint", "_value": [1, 9]}}, "linear"],
    },
}


def make_trainable(hold: Path, reached: Path, broken: Path):
    def train(config):
        if len(list(reached.iterdir())) >= 2 and _is_first(broken):
            raise ValueError("one trial errs")
        for epoch in range(3):
            if hold.exists() and len(list(reached.iterdir())) >= 4:
                while hold.exists():  # until the driver is killed
                    time.sleep(0.05)
            tune.report({"score": config["x"] * (1 + epoch)})
        (reached / tune.get_context().get_trial_id()).touch()

    return train


def _is_first(path: Path) -> bool:
    """Whether no other trial has made this file."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def main(storage: Path, studies: Path, hold: Path) -> None:
    reached = storage / "reached"
    reached.mkdir(parents=True, exist_ok=True)
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    train = make_trainable(hold, reached, storage / "broken")
    path = storage / "run"
    if tune.Tuner.can_restore(str(path)):
        tuner = tune.Tuner.restore(str(path), trainable=train)
    else:
        search = TunerSearch(
            "Diversified",
            SPACE,
            metric="score",
            mode="max",
            seed=1,
            directory=studies,
            name="killed",
        )
        config = tune.TuneConfig(
            search_alg=search,
            scheduler=AssessorScheduler(search, "MedianStopAssessor", {"min_completed": 2}),
            num_samples=TRIALS,
            max_concurrent_trials=2,
            reuse_actors=True,  # starting one takes most of the time
        )
        tuner = tune.Tuner(
            train,
            tune_config=config,
            run_config=tune.RunConfig(name="run", storage_path=str(storage), verbose=0),
        )
    results = tuner.fit()
    print("trials", len(results))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
