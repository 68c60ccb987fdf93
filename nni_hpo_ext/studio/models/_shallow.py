"""Shallow models: estimators of scikit-learn on features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["build_estimator"]

_BOOSTING_COMPONENTS = 64


def build_estimator(
    name: str, options: Mapping[str, Any], shape: tuple[int, int], seed: int = 0
) -> Any:
    """Return an estimator that is not fitted.

    Parameters
    ----------
    name
        Name of a shallow model in `MODELS`.
    options
        Its options.
    shape
        Numbers of training examples and of features.
    seed
        Seed of the estimators that draw.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # The first principal components of Fisher vectors matter most: they keep their proportions.
    steps: list[Any] = [StandardScaler(with_std=options.get("features") != "fisher")]
    components = _BOOSTING_COMPONENTS if name == "boosting" else int(options.get("components", 0))
    if components:
        from sklearn.decomposition import PCA

        steps.append(PCA(min(components, *shape), svd_solver="randomized", random_state=seed))
    makers = {
        "svm": _svm, "logistic": _logistic, "tree": _tree, "forest": _forest,
        "boosting": _boosting, "bayes": _bayes, "knn": _knn,
    }  # fmt: skip
    return make_pipeline(*steps, makers[name](options, shape[1], seed))


def _svm(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.svm import SVC

    # Features have variance 1: their mean squared distance is 2 d.
    return SVC(C=o["C"], gamma=o["gamma"] / d, cache_size=500)


def _logistic(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=o["C"], max_iter=300, tol=1e-3)


def _tree(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=o["depth"], min_samples_leaf=o["min_samples_leaf"], random_state=seed
    )


def _forest(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        o["trees"],
        max_features=o["max_features"],
        min_samples_leaf=o["min_samples_leaf"],
        random_state=seed,
    )


def _boosting(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=o["learning_rate"],
        max_iter=o["rounds"],
        max_leaf_nodes=o["leaves"],
        early_stopping=False,
        random_state=seed,
    )


def _bayes(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=o["smoothing"])


def _knn(o: Mapping[str, Any], d: int, seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(o["neighbours"], weights=o["weights"])
