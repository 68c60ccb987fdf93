"""Train a linear model on handwritten digits; a tuner of this package is Optuna's sampler.

Run it in several shells at once with the same --storage: the workers share one study.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import optuna
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from nni_hpo_ext.optuna import AssessorPruner, TunerSampler, suggest

SEARCH_SPACE = json.loads(Path(__file__).with_name("search_space.json").read_text())
EPOCHS = 10


def objective(trial: optuna.Trial) -> float:
    params = suggest(trial, SEARCH_SPACE)
    schedule = params["schedule"]
    model = SGDClassifier(
        alpha=params["alpha"],
        learning_rate=schedule["_name"],
        eta0=schedule["eta0"],
        power_t=schedule.get("power_t", 0.5),
        random_state=0,
    )
    x, y = load_digits(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, stratify=y, random_state=0)
    scaler = StandardScaler().fit(x_train)
    accuracy = 0.0
    for epoch in range(EPOCHS):
        model.partial_fit(scaler.transform(x_train), y_train, classes=np.unique(y))
        accuracy = model.score(scaler.transform(x_valid), y_valid)
        trial.report(accuracy, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--storage", default="sqlite:///digits.db")
    args = parser.parse_args()
    study = optuna.create_study(
        study_name="digits",
        storage=args.storage,
        load_if_exists=True,
        direction="maximize",
        sampler=TunerSampler("Diversified", SEARCH_SPACE),
        pruner=AssessorPruner("MedianStopAssessor"),
    )
    study.optimize(objective, n_trials=args.trials)
    print(json.dumps({"trials": len(study.trials), "best": study.best_value, **study.best_params}))


if __name__ == "__main__":
    main()
