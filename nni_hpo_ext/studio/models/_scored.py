"""Score a kept model on the test part, once, and keep its answers for the result page."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
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
from nni_hpo_ext.studio.models._pretrained import PretrainedNetwork
from nni_hpo_ext.studio.models._pretrained_torch import write_trained
from nni_hpo_ext.studio.predict import CARD_FILE, Classifier, softmax
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["TEST_FILE", "Scored", "fitted_temperature", "read_scored", "score_kept"]

TEST_FILE = "test.npz"
# Images whose pixels are in memory at the same time.
_CHUNK = 256
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
    folder: Path,
    images: ImageSet,
    entry: ModelEntry,
    options: Mapping[str, Any],
    size: int,
    network: PretrainedNetwork | None = None,
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
    network
        The pretrained network of the study, if it has one.
    """
    card = new_card(images, entry, options, size, network)
    if network is not None:
        _write_network(folder, card, network)
    write_card(folder, card)
    model = Classifier(folder)
    parts: dict[str, Any] = {}
    for part in ("validation", "test"):
        rows = np.array(images.rows(part), dtype=np.int64)
        scores, seconds = _scores(model, images, rows.tolist())
        parts[part] = (rows, images.targets(rows.tolist()), scores)
        card["seconds_per_image"] = seconds / len(rows)
    card["temperature"] = fitted_temperature(parts["validation"][2], parts["validation"][1])
    card["baselines"] = _baselines(images)
    scored = Scored(
        card,
        *_answers(parts["test"], card["temperature"]),
        *_answers(parts["validation"], card["temperature"]),
    )
    card["test_accuracy"], card["test_examples"] = scored.accuracy, len(scored.rows)
    sample = scored.validation_rows[:_CHUNK].tolist()
    pixels = images.images(sample, card["size"], card["channels"])
    answers = scored.validation_probabilities[:_CHUNK]
    card["onnx"] = write_onnx(folder, card, pixels, answers)
    write_card(folder, card)
    _keep(folder / TEST_FILE, scored)
    return scored


def _write_network(folder: Path, card: Mapping[str, Any], network: PretrainedNetwork) -> None:
    """Write the pretrained network of a model, if it has one, as the model's use needs it."""
    if "network" in card:
        write_whole(folder / card["network"], network.write_features)
    elif card["kind"] == "torch":
        write_trained(folder, network, len(card["labels"]))


def _scores(
    model: Classifier, images: ImageSet, rows: Sequence[int]
) -> tuple[NDArray[np.float64], float]:
    """Return the scores of pictures, ``(n, classes)``, and the seconds that they took."""
    seconds, scores = 0.0, []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        pixels = images.images(chunk, model.card["size"], model.card["channels"])
        began = time.perf_counter()
        scores.append(model.scores(pixels))
        seconds += time.perf_counter() - began
    return np.concatenate(scores), seconds


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
