"""Validation errors of scikit-learn models on its built-in data sets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from _mixed_functions import Problem
from sklearn import datasets
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["MODELS"]

_WORST_LOSS = 10.0
_SCALERS = {"none": None, "minmax": MinMaxScaler, "standard": StandardScaler}


def _log(low: float, high: float) -> dict[str, Any]:
    return {"_type": "loguniform", "_value": [low, high]}


def _uniform(low: float, high: float) -> dict[str, Any]:
    return {"_type": "uniform", "_value": [low, high]}


def _choice(*values: Any) -> dict[str, Any]:
    return {"_type": "choice", "_value": list(values)}


def _scaled(params: dict[str, Any], model: Any) -> Any:
    kind = params.pop("scaler")
    if kind == "quantile":
        return make_pipeline(QuantileTransformer(n_quantiles=50), model)
    return make_pipeline(_SCALERS[kind](), model) if _SCALERS[kind] else model


@cache
def _data(name: str, n: int) -> Any:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return train_test_split(X[:n], y[:n], test_size=0.4, random_state=0)


def _classification_error(name: str, n: int, model: Any) -> float:
    X, X_test, y, y_test = _data(name, n)
    try:
        model.fit(X, y)
    except ValueError:  # training diverged
        return _WORST_LOSS
    return float(
        min(log_loss(y_test, model.predict_proba(X_test), labels=model.classes_), _WORST_LOSS)
    )


def _problem(name: str, definition: dict[str, Any], loss_of: Callable[..., float]) -> Problem:
    space, known = SearchSpace(definition), dict[bytes, float]()

    def loss(u: FloatArray) -> float:
        key = np.round(u, 9).tobytes()
        if key not in known:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known[key] = loss_of(dict(space.decode(u)))
        return known[key]

    return Problem(f"models_{name}", definition, loss)


def _svm(data: str) -> Problem:
    definition = {
        "C": _log(1e-3, 1e3),
        "kernel": _choice("linear", "poly", "rbf", "sigmoid"),
        "gamma": _log(1e-5, 10.0),
        "degree": {"_type": "randint", "_value": [2, 6]},
        "coef0": _uniform(-1.0, 1.0),
        "shrinking": _choice("yes", "no"),
        "scaler": _choice("none", "minmax", "standard", "quantile"),
        "tol": _log(1e-5, 1e-1),
    }

    def loss(params: dict[str, Any]) -> float:
        params["shrinking"] = params["shrinking"] == "yes"
        scaler = {"scaler": params.pop("scaler")}
        X, X_test, y, y_test = _data(data, 500)
        model = _scaled(scaler, SVC(max_iter=5000, decision_function_shape="ovr", **params))
        return 1.0 - float(model.fit(X, y).score(X_test, y_test))

    return _problem(f"svm-{data}", definition, loss)


def _network(data: str) -> Problem:
    definition = {
        "width": {"_type": "qloguniform", "_value": [4, 128, 1]},
        "depth": {"_type": "randint", "_value": [1, 4]},
        "activation": _choice("identity", "logistic", "tanh", "relu"),
        "solver": _choice("sgd", "adam"),
        "alpha": _log(1e-6, 1.0),
        "learning_rate": _choice("constant", "invscaling", "adaptive"),
        "learning_rate_init": _log(1e-4, 1.0),
        "batch_size": _choice(16, 32, 64, 128),
        "momentum": _uniform(0.1, 0.99),
        "beta_1": _uniform(0.5, 0.99),
        "scaler": _choice("none", "minmax", "standard", "quantile"),
    }

    def loss(params: dict[str, Any]) -> float:
        layers = (int(params.pop("width")),) * params.pop("depth")
        scaler = {"scaler": params.pop("scaler")}
        model = MLPClassifier(layers, max_iter=12, random_state=0, **params)
        return _classification_error(data, 500, _scaled(scaler, model))

    return _problem(f"network-{data}", definition, loss)


def _trees(data: str) -> Problem:
    definition = {
        "n_estimators": {"_type": "qloguniform", "_value": [5, 60, 1]},
        "criterion": _choice("gini", "entropy"),
        "max_features": _uniform(0.05, 1.0),
        "min_samples_leaf": {"_type": "qloguniform", "_value": [1, 40, 1]},
        "min_samples_split": {"_type": "randint", "_value": [2, 40]},
        "max_depth": {"_type": "randint", "_value": [1, 20]},
        "class_weight": _choice("balanced", "none"),
        "bootstrap": _choice("yes", "no"),
    }

    def loss(params: dict[str, Any]) -> float:
        params["bootstrap"] = params["bootstrap"] == "yes"
        if params["class_weight"] == "none":
            params["class_weight"] = None
        params["n_estimators"] = int(params["n_estimators"])
        params["min_samples_leaf"] = int(params["min_samples_leaf"])
        return _classification_error(data, 600, ExtraTreesClassifier(random_state=0, **params))

    return _problem(f"trees-{data}", definition, loss)


def _boosting() -> Problem:
    definition = {
        "loss": _choice("squared_error", "absolute_error", "poisson"),
        "learning_rate": _log(1e-3, 1.0),
        "max_iter": {"_type": "qloguniform", "_value": [5, 80, 1]},
        "max_leaf_nodes": {"_type": "qloguniform", "_value": [2, 64, 1]},
        "max_depth": {"_type": "randint", "_value": [1, 12]},
        "min_samples_leaf": {"_type": "qloguniform", "_value": [1, 80, 1]},
        "l2_regularization": _log(1e-6, 100.0),
        "max_bins": _choice(8, 16, 32, 64, 128),
        "max_features": _uniform(0.1, 1.0),
    }

    def loss(params: dict[str, Any]) -> float:
        for name in ("max_iter", "max_leaf_nodes", "min_samples_leaf"):
            params[name] = int(params[name])
        X, X_test, y, y_test = _data("diabetes", 442)
        model = HistGradientBoostingRegressor(random_state=0, **params).fit(X, y)
        return float(np.mean((model.predict(X_test) - y_test) ** 2))

    return _problem("boosting-diabetes", definition, loss)


MODELS: tuple[Callable[[], Problem], ...] = (
    lambda: _svm("digits"),
    lambda: _svm("breast_cancer"),
    lambda: _network("digits"),
    lambda: _network("wine"),
    lambda: _trees("digits"),
    _boosting,
)
