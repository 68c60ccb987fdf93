"""Train a linear model on handwritten digits; a tuner of this package searches in Ray Tune.

After an interruption, run it again with the same --folder: it continues.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from ray import tune
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from nni_hpo_ext.ray import AssessorScheduler, TunerSearch

SEARCH_SPACE = {
    "epochs": 10,
    "units": tune.lograndint(4, 129),
    "optimizer": {"lr": tune.loguniform(1e-4, 1e-1), "alpha": tune.loguniform(1e-6, 1e-1)},
}


def train(config: dict[str, Any]) -> None:
    optimizer = config["optimizer"]
    model = MLPClassifier(
        [config["units"]],
        learning_rate_init=optimizer["lr"],
        alpha=optimizer["alpha"],
        random_state=0,
    )
    x, y = load_digits(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(x / 16, y, stratify=y, random_state=0)
    began = time.process_time()
    for _ in range(config["epochs"]):
        model.partial_fit(x_train, y_train, classes=np.unique(y))
        accuracy = model.score(x_valid, y_valid)
        tune.report({"accuracy": accuracy, "seconds": time.process_time() - began})


def new_tuner(folder: Path, trials: int) -> tune.Tuner:
    search = TunerSearch(
        "Evolution",
        metric=["accuracy", "seconds"],
        mode=["max", "min"],
        directory=folder / "studies",
    )
    config = tune.TuneConfig(
        search_alg=search,
        scheduler=AssessorScheduler(search, "MedianStopAssessor"),
        num_samples=trials,
        max_concurrent_trials=2,
    )
    run = tune.RunConfig(name="digits", storage_path=str(folder), verbose=1)
    return tune.Tuner(train, param_space=SEARCH_SPACE, tune_config=config, run_config=run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--folder", type=Path, default=Path("ray_digits"))
    args = parser.parse_args()
    folder = args.folder.resolve()
    path = str(folder / "digits")
    if tune.Tuner.can_restore(path):
        tuner = tune.Tuner.restore(path, trainable=train)
    else:
        tuner = new_tuner(folder, args.trials)
    best = tuner.fit().get_best_result("accuracy", "max")
    print(best.metrics["accuracy"], best.config)


if __name__ == "__main__":
    main()
