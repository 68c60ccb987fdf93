"""What the result page shows: figures on the test part, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.render.statistics import share_interval
from nni_hpo_ext.render.text import count, duration, value
from nni_hpo_ext.studio.models import Scored
from nni_hpo_ext.studio.pages._live import model_words
from nni_hpo_ext.study import End, Study

__all__ = ["Figures", "figures", "mistakes_between", "model_rows", "searched"]

_BINS = 8
_WORST = 24
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a scored model.

    Attributes
    ----------
    sentence
        The result in one sentence.
    accuracy, interval
        On the test part, with Wilson's interval.
    confusion
        Number of test pictures by true class and answer, ``(classes, classes)``.
    classes
        Rows of precision, recall and F1 score per class.
    calibration
        Mean confidence, share that is right, and number, per bin.
    worst
        Mistakes, the surest first, as mappings with ``picture``, ``true``, ``said``, ``sure``.
    doubtful
        Pictures of the validation and test part whose label the model contradicts most surely.
    """

    sentence: str
    accuracy: float
    interval: tuple[float, float]
    confusion: NDArray[np.int64]
    classes: list[dict[str, Any]]
    calibration: list[tuple[float, float, int]]
    worst: list[dict[str, Any]]
    doubtful: list[dict[str, Any]]


def figures(scored: Scored) -> Figures:
    """Return the figures of a model on the test part."""
    labels: list[str] = scored.card["labels"]
    said = scored.probabilities.argmax(axis=1)
    right = int((said == scored.targets).sum())
    interval = share_interval(right, len(said))
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (scored.targets, said), 1)
    worst = _mistakes(labels, scored.rows, scored.targets, scored.probabilities)
    others = _mistakes(
        labels, scored.validation_rows, scored.validation_targets, scored.validation_probabilities
    )
    doubtful = sorted((m for m in (*worst, *others) if m["sure"] >= _SURE), key=_surest)
    return Figures(
        sentence=_sentence(scored, right, interval),
        accuracy=right / len(said),
        interval=interval,
        confusion=confusion,
        classes=_classes(labels, confusion),
        calibration=_calibration(scored),
        worst=worst[:_WORST],
        doubtful=doubtful[:_WORST],
    )


def _surest(mistake: Mapping[str, Any]) -> float:
    return -float(mistake["sure"])


def _sentence(scored: Scored, right: int, interval: tuple[float, float]) -> str:
    low, high = interval
    n = len(scored.rows)
    return (
        f"The best model ({scored.card['title']}) recognises {right} of the {n} test images "
        f"({100 * right / n:.1f} %). With other images of the same kind, expect "
        f"{100 * low:.1f} to {100 * high:.1f} %."
    )


def _classes(labels: list[str], confusion: NDArray[np.int64]) -> list[dict[str, Any]]:
    rows = []
    for number, label in enumerate(labels):
        hits = int(confusion[number, number])
        true, said = int(confusion[number].sum()), int(confusion[:, number].sum())
        precision, recall = hits / said if said else 0.0, hits / true if true else 0.0
        both = precision + recall
        rows.append(
            {
                "label": label,
                "images": true,
                "recall": recall,
                "precision": precision,
                "f1": 2 * precision * recall / both if both else 0.0,
            }
        )
    return rows


def _calibration(scored: Scored) -> list[tuple[float, float, int]]:
    sure = scored.probabilities.max(axis=1)
    right = scored.probabilities.argmax(axis=1) == scored.targets
    order = np.argsort(sure)
    bins = [b for b in np.array_split(order, min(_BINS, len(order))) if len(b)]
    return [(float(sure[b].mean()), float(right[b].mean()), len(b)) for b in bins]


def _mistakes(
    labels: list[str],
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    probabilities: NDArray[np.float64],
) -> list[dict[str, Any]]:
    """Return the mistakes, the surest first."""
    said = probabilities.argmax(axis=1)
    found = [
        {
            "picture": int(rows[i]),
            "true": labels[targets[i]],
            "said": labels[said[i]],
            "sure": float(probabilities[i, said[i]]),
        }
        for i in np.flatnonzero(said != targets)
    ]
    return sorted(found, key=_surest)


def mistakes_between(scored: Scored, true: int, said: int) -> list[dict[str, Any]]:
    """Return the test pictures of a cell of the confusion matrix."""
    answers = scored.probabilities.argmax(axis=1)
    inside = np.flatnonzero((scored.targets == true) & (answers == said))
    found = [
        {"picture": int(scored.rows[i]), "sure": float(scored.probabilities[i, said])}
        for i in inside
    ]
    return sorted(found, key=_surest)


def model_rows(study: Study) -> list[dict[str, Any]]:
    """Return the best trial of each model, by the validation part, best first."""
    best: dict[str, dict[str, Any]] = {}
    goal = study.objectives[0].name
    for trial in study.ranking:
        title, settings = model_words(trial.params or {})
        row = best.setdefault(
            title,
            {
                "model": title,
                "settings": settings,
                "value": trial.values[goal],
                "shown": value(trial.values[goal]),
                "seconds": duration(trial.seconds or 0.0),
                "trials": 0,
            },
        )
        row["trials"] += 1
    return list(best.values())


def searched(study: Study) -> str:
    """Return how the search went, in one sentence."""
    stopped, failed = len(study.of(End.STOPPED)), len(study.of(End.FAILED))
    parts = [f"{count(len(study.trials), 'trial')} in {duration(study.seconds)}"]
    parts += [f"{stopped} stopped early"] if stopped else []
    parts += [f"{failed} failed"] if failed else []
    return ", ".join(parts)
