"""Score a kept model on the test part, once, and keep its answers for the result page."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.models._card import new_card, write_card
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.models._onnx import write_onnx
from nni_hpo_ext.studio.predict import CARD_FILE, Classifier, softmax
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["TEST_FILE", "Scored", "fitted_temperature", "read_scored", "score_kept"]

TEST_FILE = "test.npz"
_BASELINE_SIDE = 16


@dataclass(frozen=True, eq=False)
class Scored:
    """Answers of a model on the validation and the test part.

    Attributes
    ----------
    card
        Content of ``model.json``.
    rows, targets, probabilities
        Numbers of the test pictures ``(n,)``, their classes ``(n,)``, and the model's probabilities
        ``(n, classes)``.
    validation_rows, validation_targets, validation_probabilities
        The same of the validation part.
    """

    card: Mapping[str, Any]
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    validation_rows: NDArray[np.int64]
    validation_targets: NDArray[np.int64]
    validation_probabilities: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        """Share of the test pictures that are recognised."""
        return float((self.probabilities.argmax(axis=1) == self.targets).mean())


def score_kept(
    folder: Path, images: ImageSet, entry: ModelEntry, options: Mapping[str, Any], size: int
) -> Scored:
    """Score the model in a trial's output directory, and write its card and answers there.

    The model is also written as ONNX, if it can be converted.

    Parameters
    ----------
    folder
        Holds the file of the model.
    images
        The image set.
    entry, options
        The model and its options.
    size
        Side of the images, in pixels.
    """
    card = new_card(images, entry, options, size)
    write_card(folder, card)
    model = Classifier(folder)
    parts: dict[str, Any] = {}
    pixels: dict[str, NDArray[np.uint8]] = {}
    for part in ("validation", "test"):
        rows = np.array(images.rows(part), dtype=np.int64)
        pixels[part] = images.images(rows.tolist(), size)
        began = time.perf_counter()
        parts[part] = (rows, images.targets(rows.tolist()), model.scores(pixels[part]))
        card["seconds_per_image"] = (time.perf_counter() - began) / len(rows)
    card["temperature"] = fitted_temperature(parts["validation"][2], parts["validation"][1])
    card["baselines"] = _baselines(images)
    scored = Scored(
        card,
        *_answers(parts["test"], card["temperature"]),
        *_answers(parts["validation"], card["temperature"]),
    )
    card["test_accuracy"], card["test_examples"] = scored.accuracy, len(scored.rows)
    answers = scored.validation_probabilities
    card["onnx"] = write_onnx(folder, card, pixels["validation"], answers)
    write_card(folder, card)
    _keep(folder / TEST_FILE, scored)
    return scored


def _answers(part: tuple[Any, Any, Any], temperature: float) -> tuple[Any, Any, Any]:
    rows, targets, scores = part
    return rows, targets, softmax(scores / temperature)


def _keep(file: Path, scored: Scored) -> None:
    arrays = {k: v for k, v in vars(scored).items() if k != "card"}
    write_whole(file, lambda path: np.savez_compressed(path, allow_pickle=False, **arrays))


def read_scored(folder: Path) -> Scored | None:
    """Read what `score_kept` wrote, None if there is nothing.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    if not (folder / TEST_FILE).is_file():
        return None
    try:
        card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
        with np.load(folder / TEST_FILE) as arrays:
            return Scored(card, **arrays)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{folder / TEST_FILE} cannot be read ({error}); score again") from None


def fitted_temperature(scores: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """Return the temperature by which scores are divided to give honest probabilities.

    It maximises the likelihood of the validation part (Guo et al., ICML 2017), and changes no
    answer.

    Parameters
    ----------
    scores
        Scores of shape ``(n, classes)``.
    targets
        Classes, ``(n,)``.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        probabilities = softmax(scores / np.exp(log_temperature))
        right = probabilities[np.arange(len(targets)), targets]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded").x))


def _baselines(images: ImageSet) -> dict[str, float]:
    """Return the test accuracy of what needs no search."""
    train, test = images.rows("train"), images.rows("test")
    y_train, y_test = images.targets(train), images.targets(test)
    most = np.bincount(y_train).argmax()
    from sklearn.neighbors import KNeighborsClassifier

    nearest = KNeighborsClassifier(1)
    nearest.fit(_flat(images, train), y_train)
    return {
        "always the most frequent class": float((y_test == most).mean()),
        "the most similar training image, by pixels": float(
            (nearest.predict(_flat(images, test)) == y_test).mean()
        ),
    }


def _flat(images: ImageSet, rows: list[int]) -> NDArray[np.float32]:
    pixels = images.images(rows, min(_BASELINE_SIDE, images.size))
    return pixels.reshape(len(rows), -1).astype(np.float32)
