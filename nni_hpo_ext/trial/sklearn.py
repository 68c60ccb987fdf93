"""Report a cross-validation of scikit-learn to NNI, fold by fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv, cross_validate

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.reporting import TrialReport

__all__ = ["report_folds"]


def report_folds(
    estimator: Any,
    X: Any,
    y: Any,
    dataset: str,
    *,
    cv: Any = 5,
    scoring: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Cross-validate an estimator, and report the mean score to NNI after each fold.

    Scores of scikit-learn are maximised. An assessor can stop the trial after any fold; the mean
    so far is then the partial result. At the end the estimator is fitted to all data and kept as
    ``model.joblib`` in ``$NNI_OUTPUT_DIR``.

    Parameters
    ----------
    estimator
        The estimator. It is not changed: clones are fitted.
    X
        Data of shape ``(n, d)``.
    y
        Targets of shape ``(n,)``.
    dataset
        Name of the data set.
    cv
        Number of folds, or a splitter of scikit-learn.
    scoring
        Name of a score, by default the estimator's own.
    extra
        Further entries of the final value.

    Returns
    -------
    dict
        The final value: that of `TrialReport`, where ``default`` is the mean score of all folds,
        and ``score_std``, their standard deviation.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = load_iris(return_X_y=True)
    >>> final = report_folds(LogisticRegression(max_iter=1000), x, y, "iris")
    >>> round(final["default"], 2), final["epochs"]
    (0.97, 5)
    """
    splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    scores: list[float] = []
    with TrialReport(dataset, extra=extra, metric=scoring or "score", mode="max") as report:
        report.start()
        for fold in splitter.split(X, y):
            found = cross_validate(estimator, X, y, cv=[fold], scoring=scoring, error_score="raise")
            scores.append(float(found["test_score"][0]))
            # The result is the mean of the folds, not the best mean so far.
            report.note(default=float(np.mean(scores)), score_std=float(np.std(scores)))
            report.epoch(float(np.mean(scores)))
        best = BestCheckpoint("model.joblib", "max")
        best.offer(
            float(np.mean(scores)),
            lambda path: joblib.dump(clone(estimator).fit(X, y), path),
        )
        return report.finish()
