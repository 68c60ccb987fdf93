"""The usual metric of a task, and the weights of classes, for any framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.arguments import one_of

__all__ = ["METRICS", "balanced_weights", "score"]

_TOP = 5
_THRESHOLD = 0.5


def score(metric: str, labels: NDArray[Any], outputs: NDArray[Any]) -> float:
    """Return a metric of a classifier; large values are good.

    ============  ==================================================================
    metric        value
    ============  ==================================================================
    ``accuracy``  share of examples whose largest output is the right class; the
                  first right label if an example may have several
    ``f1``        F1 score, averaged over the classes; with a threshold of 0.5 if an
                  example may have several labels
    ``kappa``     Cohen's kappa with quadratic weights, for classes that are grades
    ``top5``      share of examples whose class has one of the five largest outputs
    ============  ==================================================================

    Parameters
    ----------
    metric
        Name of the metric.
    labels
        Class numbers, ``(n,)``; or 0 and 1 per label, ``(n, labels)``.
    outputs
        Probabilities or logits, ``(n, classes)``; for several labels, probabilities.

    Raises
    ------
    ConfigError
        If the metric is unknown, or needs one class per example.

    Examples
    --------
    >>> outputs = np.eye(3)[[0, 1, 1, 2]]
    >>> score("accuracy", np.array([0, 1, 2, 2]), outputs)
    0.75
    >>> round(score("kappa", np.array([0, 1, 2, 2]), outputs), 3)
    0.8
    """
    several = labels.ndim == 2
    known = _SEVERAL if several else METRICS
    one_of("metric of several labels" if several else "metric", metric, tuple(known))
    return float(known[metric](labels, outputs))


def balanced_weights(labels: NDArray[np.int64], num_classes: int) -> NDArray[np.float64]:
    """Return a weight per class such that all classes weigh the same together, 1 on average.

    Parameters
    ----------
    labels
        Class numbers of the training part, ``(n,)``.
    num_classes
        Number of classes. A class without examples has the weight 0.

    Examples
    --------
    >>> balanced_weights(np.array([0, 0, 0, 1]), 2).round(2).tolist()
    [0.67, 2.0]
    """
    counts = np.bincount(labels, minlength=num_classes)
    present = np.count_nonzero(counts)
    weights: NDArray[np.float64] = np.divide(
        len(labels), present * counts, out=np.zeros(num_classes), where=counts > 0
    )
    return weights


def _accuracy(labels: NDArray[Any], outputs: NDArray[Any]) -> Any:
    return np.mean(outputs.argmax(axis=1) == labels)


def _f1(labels: NDArray[Any], outputs: NDArray[Any]) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(labels, outputs.argmax(axis=1), average="macro", zero_division=0)


def _kappa(labels: NDArray[Any], outputs: NDArray[Any]) -> Any:
    from sklearn.metrics import cohen_kappa_score

    grades = np.arange(outputs.shape[1])
    kappa = cohen_kappa_score(labels, outputs.argmax(axis=1), labels=grades, weights="quadratic")
    # Undefined where a single grade is true and predicted: no agreement beyond chance.
    return np.nan_to_num(kappa)


def _top5(labels: NDArray[Any], outputs: NDArray[Any]) -> Any:
    best = np.argsort(-outputs, axis=1, kind="stable")[:, :_TOP]
    return np.mean((best == labels[:, None]).any(axis=1))


def _labels_f1(labels: NDArray[Any], outputs: NDArray[Any]) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(labels, outputs > _THRESHOLD, average="macro", zero_division=0)


_Metric = Callable[[NDArray[Any], NDArray[Any]], Any]
METRICS: Mapping[str, _Metric] = {"accuracy": _accuracy, "f1": _f1, "kappa": _kappa, "top5": _top5}
"""Metrics of examples with one class each, by name."""

_SEVERAL: Mapping[str, _Metric] = {
    "f1": _labels_f1,
    "accuracy": lambda labels, outputs: _accuracy(labels.argmax(axis=1), outputs),
}
