"""`NniSearchCV` behaves as scikit-learn's searches do, and asks our tuners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nni_hpo_ext.errors import ConfigError, SearchSpaceError
from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.search import NniSearchCV

X, Y = load_iris(return_X_y=True)
SPACE = {"C": {"_type": "loguniform", "_value": [0.01, 100]}}
TUNERS = [
    e.name for e in ALGORITHMS if e.kind == "tuner" and not e.sets_budget and e.name != "Dragonfly"
]


def search(space: Any = SPACE, **options: Any) -> NniSearchCV:
    given = {"n_trials": 3, "cv": 2, "random_state": 0, **options}
    return NniSearchCV(LogisticRegression(max_iter=300), space, **given)


# scikit-learn's checks hand out data that no model fits, on purpose.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks([search(n_trials=2)])
def test_it_is_an_estimator_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("tuner", TUNERS)
def test_every_tuner_searches_and_the_best_model_predicts(tuner: str) -> None:
    found = search(tuner=tuner, n_trials=2).fit(X, Y)
    results = found.cv_results_
    assert len(results["params"]) == 2
    assert found.best_score_ == max(results["mean_test_score"])
    assert found.best_params_ == results["params"][found.best_index_]
    assert found.best_params_["C"] == found.best_estimator_.C
    assert found.score(X, Y) == np.mean(found.predict(X) == Y)


def test_the_same_seed_gives_the_same_search_and_a_clone_repeats_it() -> None:
    first = search(n_trials=6).fit(X, Y)
    again = clone(first).fit(X, Y)
    assert again.cv_results_["params"] == first.cv_results_["params"]


def test_the_tuner_learns_from_the_scores() -> None:
    space = {"C": {"_type": "loguniform", "_value": [1e-6, 1e2]}}
    found = search(space, n_trials=30).fit(X, Y)
    scores = found.cv_results_["mean_test_score"]
    assert np.mean(scores[-10:]) > np.mean(scores[:10])


def test_integers_reach_the_estimator_as_integers() -> None:
    space = {
        "n_estimators": {"_type": "qloguniform", "_value": [2, 8, 1]},
        "max_features": {"_type": "quniform", "_value": [0.25, 1.0, 0.25]},
    }
    model = RandomForestClassifier(random_state=0)
    found = NniSearchCV(model, space, n_trials=3, cv=2, random_state=0).fit(X, Y)
    assert {type(p["n_estimators"]) for p in found.cv_results_["params"]} == {int}
    assert {type(p["max_features"]) for p in found.cv_results_["params"]} == {float}


def test_it_ends_when_all_configurations_are_tried() -> None:
    found = search({"C": {"_type": "choice", "_value": [0.1, 1.0]}}, n_trials=9, n_jobs=2)
    assert sorted(p["C"] for p in found.fit(X, Y).cv_results_["params"]) == [0.1, 1.0]


def test_a_configuration_that_fails_does_not_end_the_search() -> None:
    space = {"C": {"_type": "choice", "_value": [-1.0, 1.0, 2.0]}}
    with pytest.warns(FitFailedWarning, match="fits failed"):
        found = search(space, n_trials=9).fit(X, Y)
    assert found.best_params_["C"] > 0
    with pytest.raises(ValueError, match="must be a float"):
        search(space, n_trials=9, error_score="raise").fit(X, Y)


def test_a_search_in_which_every_fit_fails_ends_with_the_error() -> None:
    space = {"C": {"_type": "choice", "_value": [-2.0, -1.0]}}
    with pytest.warns(FitFailedWarning), pytest.raises(ValueError, match="fits failed"):
        search(space).fit(X, Y)


def test_parameters_of_a_pipeline_and_several_scores() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    space = {"logisticregression__C": SPACE["C"]}
    scoring = ["accuracy", "neg_log_loss"]
    found = NniSearchCV(model, space, n_trials=3, cv=2, scoring=scoring, refit="neg_log_loss")
    results = found.fit(X, Y).cv_results_
    assert found.best_score_ == max(results["mean_test_neg_log_loss"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tuner": "Unknown"}, "tuner must be one of"),
        ({"tuner": "HyperbandExt"}, "tuner must be one of"),
        ({"n_trials": 0}, "n_trials must be"),
    ],
)
def test_a_wrong_argument_is_an_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        search(**options).fit(X, Y)


def test_a_wrong_search_space_is_an_error() -> None:
    with pytest.raises(SearchSpaceError, match=r"C\._value"):
        search({"C": {"_type": "uniform", "_value": [1]}}).fit(X, Y)
