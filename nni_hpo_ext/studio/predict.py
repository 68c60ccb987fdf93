"""Classify images with a model that the studio has exported.

This file is part of every exported model and needs no other file of the package: numpy, Pillow, and
the libraries in requirements.txt suffice. ``python predict.py FOLDER`` prints one line of CSV per
image. Load only models that you trust: a model file can contain code.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = [
    "CARD_FILE",
    "DESCRIPTORS",
    "LEAST_PROBABILITY",
    "MODEL_FILES",
    "PATCH_FILE",
    "SUFFIXES",
    "Classifier",
    "Network",
    "cut_patches",
    "descriptors",
    "estimator_scores",
    "features",
    "found_images",
    "full_fisher_vectors",
    "main",
    "read_image",
    "reduced",
    "softmax",
    "write_answers",
]

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
MODEL_FILES = {
    "sklearn": "model.joblib",
    "keras": "model.keras",
    "torch": "model.pt2",
    "onnx": "model.onnx",
}
CARD_FILE = "model.json"
PATCH_FILE = "patches.npz"
LEAST_PROBABILITY = 1e-6
DESCRIPTORS = ("gradients", "colours")
_BATCH = 64
_MODES = {1: "L", 3: "RGB"}


def read_image(path: Path | str | IO[bytes], size: int, channels: int) -> NDArray[np.uint8]:
    """Return an image, scaled to ``(size, size, channels)``."""
    with Image.open(path) as image:
        image.draft(_MODES[channels], (size, size))  # a JPEG is decoded at a suitable scale
        scaled = image.convert(_MODES[channels]).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(scaled, dtype=np.uint8).reshape(size, size, channels)


class Network:
    """A pretrained network that was written into a file with its preprocessing.

    Parameters
    ----------
    file
        Program of PyTorch (``.pt2``) or model of Keras (``.keras``).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If the library is not installed.
    """

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise FileNotFoundError(
                f"{file.name}, the network of this model, is not in {file.parent}"
            )
        self._run = _torch_program(file) if file.suffix == ".pt2" else _keras_program(file)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the outputs for images of shape ``(n, size, size, 3)``, ``(n, d)``."""
        return self._run(images.astype(np.float32))


def _torch_program(file: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import torch

    program = torch.export.load(file).module()

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(program(torch.from_numpy(images)).numpy())

    return run


def _keras_program(file: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import keras

    model = keras.models.load_model(file, compile=False)
    return lambda images: np.asarray(model.predict_on_batch(images))


def features(
    images: NDArray[np.uint8],
    names: Sequence[str],
    dictionary: Mapping[str, Any] | None = None,
    network: Network | None = None,
) -> NDArray[np.float32]:
    """Return the named features of images.

    Parameters
    ----------
    images
        Images of shape ``(n, size, size, channels)``.
    names
        Of ``"pixels"``, ``"gradients"``, ``"colours"``, ``"patches"``, ``"fisher"`` and
        ``"embedding"``.
    dictionary
        What was learned for the fourth and fifth, see `encoded_patches` and `fisher_vectors`.
    network
        The network whose features are the embedding.

    Returns
    -------
    ndarray of float32
        Features of shape ``(n, d)``.
    """
    makers: dict[str, Any] = {
        "pixels": pixels,
        "gradients": gradients,
        "colours": colours,
        "patches": lambda batch: encoded_patches(batch, dictionary or {}),
        "fisher": lambda batch: fisher_vectors(batch, dictionary or {}),
        "embedding": network,
    }
    batches = []
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        parts = [makers[name](batch) for name in names]
        batches.append(np.concatenate(parts, axis=1, dtype=np.float32))
    return np.concatenate(batches)


def pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the pixels on a scale from 0 to 1, at most 32 x 32 of them per channel."""
    return reduced(images).reshape(len(images), -1) / np.float32(255)


def reduced(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images of at most 32 x 32 pixels (47 if the size is odd), as means of blocks."""
    n, size, _, channels = images.shape
    factor = max(1, size // 32)
    side = size // factor
    cut = images[:, : side * factor, : side * factor].astype(np.float32)
    blocks = cut.reshape(n, side, factor, side, factor, channels)
    return np.asarray(blocks.mean(axis=(2, 4)))


def gradients(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return histograms of oriented gradients, ``(n, d)`` (Dalal and Triggs, CVPR 2005).

    The gradient of a pixel is that of the channel where it is largest. Nine unsigned orientations
    in cells of 2 x 2, 4 x 4 and 8 x 8 per image; each cell's histogram has length 1.
    """
    bins = _oriented(images, 9, np.pi)
    found = [_pooled(bins, cells) for cells in (2, 4, 8) if images.shape[1] >= 2 * cells]
    units = [cell / (np.linalg.norm(cell, axis=3, keepdims=True) + 0.05) for cell in found]
    return np.concatenate([unit.reshape(len(images), -1) for unit in units], axis=1)


def _oriented(images: NDArray[np.uint8], bins: int, turn: float) -> NDArray[np.float32]:
    """Return the strength of each pixel's gradient by its angle, ``(n, size, size, bins)``.

    The bins divide a half turn, or a whole one; a strength is shared by the two nearest bins.
    """
    values = images.astype(np.float32) / 255
    down, across = np.gradient(values, axis=(1, 2))
    strength = np.hypot(down, across)
    strongest = strength.argmax(axis=3)[..., None]
    angle = np.take_along_axis(np.arctan2(down, across), strongest, 3)[..., 0] % turn
    strength = np.take_along_axis(strength, strongest, 3)[..., 0]
    place = angle / turn * bins
    low = place.astype(np.int64) % bins
    share = place - np.floor(place)
    near = _in_bins(low, strength * (1 - share), bins)
    return near + _in_bins((low + 1) % bins, strength * share, bins)


def _in_bins(number: NDArray[np.int64], strength: NDArray[Any], bins: int) -> NDArray[np.float32]:
    found = np.zeros((*number.shape, bins), dtype=np.float32)
    np.put_along_axis(found, number[..., None], strength[..., None], 3)
    return found


def _pooled(values: NDArray[Any], cells: int) -> NDArray[Any]:
    """Return means over a grid of ``cells`` x ``cells``, ``(n, cells, cells, d)``."""
    edges = np.linspace(0, values.shape[1], cells + 1).astype(np.int64)
    sums = np.add.reduceat(np.add.reduceat(values, edges[:-1], axis=1), edges[:-1], axis=2)
    heights = np.diff(edges)
    return np.asarray(sums / np.multiply.outer(heights, heights)[None, :, :, None])


def colours(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a histogram of colours, and mean and spread of each channel in 4 x 4 cells."""
    n, _, _, channels = images.shape
    levels = 6 if channels == 3 else 32
    codes = np.zeros(images.shape[:3], dtype=np.int64)
    for channel in range(channels):
        codes = codes * levels + images[..., channel].astype(np.int64) * levels // 256
    rows = np.repeat(np.arange(n), codes[0].size) * levels**channels + codes.ravel()
    histogram = np.bincount(rows, minlength=n * levels**channels).reshape(n, -1)
    values = images.astype(np.float32) / 255
    mean = _pooled(values, 4)
    spread = np.sqrt(np.maximum(_pooled(values**2, 4) - mean**2, 0))
    parts = [np.sqrt(histogram / codes[0].size), mean.reshape(n, -1), spread.reshape(n, -1)]
    return np.asarray(np.concatenate(parts, axis=1), dtype=np.float32)


def cut_patches(images: NDArray[Any], side: int) -> NDArray[np.float32]:
    """Return all patches of images, with mean 0 and about the same contrast.

    Returns
    -------
    ndarray of float32
        Patches of shape ``(n, rows, columns, side * side * channels)``.
    """
    windows = np.lib.stride_tricks.sliding_window_view(images, (side, side), axis=(1, 2))
    flat = windows.reshape(*windows.shape[:3], -1).astype(np.float32)
    flat -= flat.mean(axis=-1, keepdims=True)
    flat /= np.sqrt(flat.var(axis=-1, keepdims=True) + 10)
    return flat


def encoded_patches(
    images: NDArray[np.uint8], dictionary: Mapping[str, Any]
) -> NDArray[np.float32]:
    """Return how much each quarter of an image resembles each patch of a dictionary.

    The "triangle" encoding of Coates, Lee and Ng (AISTATS 2011).

    Parameters
    ----------
    images
        Images of shape ``(n, size, size, channels)``.
    dictionary
        ``side`` of a patch, its ``mean``, ``whitening`` matrix, and ``patches`` ``(k, d)``.
    """
    centres = dictionary["patches"]
    found = cut_patches(reduced(images), int(dictionary["side"]))
    white = (found - dictionary["mean"]) @ dictionary["whitening"]
    squares = (white**2).sum(-1, keepdims=True) + (centres**2).sum(1)
    distance = np.sqrt(np.maximum(squares - 2 * white @ centres.T, 0))
    near = np.maximum(distance.mean(-1, keepdims=True) - distance, 0)
    return np.asarray(np.sqrt(_pooled(near, 2).reshape(len(images), -1)), dtype=np.float32)


def descriptors(images: NDArray[np.uint8], kind: str) -> NDArray[np.float32]:
    """Return a descriptor of the surroundings of every other pixel in every other row.

    The surroundings have 4 x 4 cells, each with a side of one 16th of the image. ``"gradients"``:
    the roots of a histogram of eight orientations in each cell (SIFT: Lowe, IJCV 2004; roots:
    Arandjelovic and Zisserman, CVPR 2012). ``"colours"``: mean and spread of each channel in each
    cell (Perronnin, Sanchez and Mensink, ECCV 2010).

    Parameters
    ----------
    images
        Images of shape ``(n, size, size, channels)``.
    kind
        Of `DESCRIPTORS`.

    Returns
    -------
    ndarray of float32
        Descriptors of shape ``(n, rows, columns, d)``.
    """
    side = max(1, images.shape[1] // 16)
    if kind == "gradients":
        found = _surroundings(_sums(_oriented(images, 8, 2 * np.pi), side), side)
        length = np.linalg.norm(found, axis=-1, keepdims=True) + 0.05 * side**2
        cut = np.minimum(found / length, 0.2)
        return np.asarray(np.sqrt(cut / (cut.sum(-1, keepdims=True) + 1e-3)))
    values = images.astype(np.float32) / 255
    mean = _sums(values, side) / side**2
    spread = np.sqrt(np.maximum(_sums(values**2, side) / side**2 - mean**2, 0))
    return _surroundings(np.concatenate([mean, spread], axis=3), side)


def _sums(values: NDArray[Any], side: int) -> NDArray[np.float32]:
    """Return the sums over all squares, at every position."""
    for axis in (1, 2):
        windows = np.lib.stride_tricks.sliding_window_view(values, side, axis=axis)
        values = windows.sum(axis=-1, dtype=np.float32)
    return values


def _surroundings(cells: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    places = range(0, 4 * side, side)
    n = cells.shape[1] - 3 * side
    return np.concatenate(
        [cells[:, y : y + n : 2, x : x + n : 2] for y in places for x in places], 3
    )


def fisher_vectors(images: NDArray[np.uint8], dictionary: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return how the descriptors of an image differ from those of all images.

    Improved Fisher vectors (Perronnin, Sanchez and Mensink, ECCV 2010) of gradients and of colours,
    each reduced to its principal components.

    Parameters
    ----------
    images
        Images of shape ``(n, size, size, channels)``.
    dictionary
        For each kind of descriptor, with the kind and an underscore before each name: ``mean``
        ``(d,)`` and ``axes`` ``(d, c)`` of descriptors; ``centres`` and ``variances`` ``(k, c)``
        and ``weights`` ``(k,)`` of a mixture of normal distributions; ``offset`` ``(2 k c,)`` and
        ``projection`` ``(2 k c, p)`` of Fisher vectors.
    """
    parts = []
    for kind in DESCRIPTORS:
        own = {key.partition("_")[2]: v for key, v in dictionary.items() if key.startswith(kind)}
        found = full_fisher_vectors(descriptors(images, kind), own)
        parts.append((found - own["offset"]) @ own["projection"])
    return np.concatenate(parts, axis=1, dtype=np.float32)


def full_fisher_vectors(
    found: NDArray[np.float32], mixture: Mapping[str, Any]
) -> NDArray[np.float32]:
    """Return Fisher vectors ``(n, 2 k c)`` of descriptors; see `fisher_vectors`."""
    n = len(found)
    centres, variances, weights = (mixture[key] for key in ("centres", "variances", "weights"))
    points = (found.reshape(n, -1, found.shape[-1]) - mixture["mean"]) @ mixture["axes"]
    constant = np.log(weights) - ((centres**2 / variances) + np.log(variances)).sum(1) / 2
    logs = (points**2) @ (-0.5 / variances).T + points @ (centres / variances).T
    shares = softmax((logs + constant).reshape(-1, len(weights))).reshape(logs.shape)
    shares = shares.transpose(0, 2, 1).astype(np.float32)
    total, first = shares.sum(-1)[..., None], shares @ points
    second = shares @ points**2
    by_mean = (first - total * centres) / np.sqrt(variances * weights[:, None])
    by_spread = (second - 2 * centres * first + centres**2 * total) / variances - total
    vectors = np.stack([by_mean, by_spread / np.sqrt(2 * weights[:, None])], axis=1).reshape(n, -1)
    rooted = np.sign(vectors) * np.sqrt(np.abs(vectors))
    return np.asarray(rooted / np.linalg.norm(rooted, axis=1, keepdims=True), dtype=np.float32)


class Classifier:
    """A model that the studio has exported.

    Parameters
    ----------
    folder
        Contains ``model.json`` and the model's file.

    Attributes
    ----------
    card
        The content of ``model.json``.
    labels
        Names of the classes.
    """

    def __init__(self, folder: Path) -> None:
        self.card: dict[str, Any] = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
        self.labels: list[str] = self.card["labels"]
        self._scores = _OPENERS[self.card["kind"]](folder, self.card)

    def read(self, path: Path | str) -> NDArray[np.uint8]:
        """Return an image as the model needs it."""
        return read_image(path, self.card["size"], self.card["channels"])

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return a score per class, ``(n, classes)``; the largest one is the answer."""
        starts = range(0, len(images), _BATCH)
        return np.concatenate([self._scores(images[i : i + _BATCH]) for i in starts])

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return a probability per class, ``(n, classes)``.

        The temperature in ``model.json`` makes them honest (Guo et al., ICML 2017).
        """
        return softmax(self.scores(images) / self.card["temperature"])


def _of_sklearn(folder: Path, card: Mapping[str, Any]) -> Callable[[Any], NDArray[np.float64]]:
    import joblib

    kept = joblib.load(folder / MODEL_FILES["sklearn"])
    network = Network(folder / name) if (name := card.get("network")) else None

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        found = features(images, card["features"], kept["dictionary"], network)
        return estimator_scores(kept["estimator"], found)

    return scores


def _of_torch(folder: Path, card: Mapping[str, Any]) -> Callable[[Any], NDArray[np.float64]]:
    network = Network(folder / MODEL_FILES["torch"])
    return lambda images: _logs(network(images))


def _of_keras(folder: Path, card: Mapping[str, Any]) -> Callable[[Any], NDArray[np.float64]]:
    import keras

    model = keras.models.load_model(folder / MODEL_FILES["keras"], compile=False)
    return lambda images: _logs(model.predict_on_batch(images.astype(np.float32) / 127.5 - 1))


def _of_onnx(folder: Path, card: Mapping[str, Any]) -> Callable[[Any], NDArray[np.float64]]:
    from onnxruntime import InferenceSession

    try:
        session = InferenceSession(folder / MODEL_FILES["onnx"], providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise ValueError(str(error)) from None
    names = card["features"]
    dictionary = dict(np.load(folder / PATCH_FILE)) if (folder / PATCH_FILE).is_file() else None

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        given = features(images, names, dictionary) if names else images.astype(np.float32)
        return _logs(session.run(None, {session.get_inputs()[0].name: given})[0])

    return scores


_OPENERS = {"sklearn": _of_sklearn, "keras": _of_keras, "torch": _of_torch, "onnx": _of_onnx}


def estimator_scores(estimator: Any, found: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the scores of an estimator of scikit-learn, ``(n, classes)``."""
    if hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(found), dtype=np.float64)
        return scores if scores.ndim == 2 else np.stack([-scores, scores], axis=1)
    return _logs(estimator.predict_proba(found))


def _logs(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    return np.log(np.clip(np.asarray(probabilities, dtype=np.float64), LEAST_PROBABILITY, None))


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities in place of scores, ``(n, classes)``."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def found_images(paths: Iterable[Path]) -> list[Path]:
    """Return the image files among files and in folders, sorted."""
    files = [f for p in paths for f in (p.rglob("*") if p.is_dir() else [p])]
    return sorted(f for f in files if f.suffix.lower() in SUFFIXES)


def write_answers(model: Classifier, paths: Sequence[Path], out: Any) -> int:
    """Write one line of CSV per image; return the number of files that are not images."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["file", "label", "probability", *model.labels])
    damaged = 0
    for start in range(0, len(paths), _BATCH):
        read = [(path, _readable(model, path)) for path in paths[start : start + _BATCH]]
        kept = [(path, image) for path, image in read if image is not None]
        damaged += len(read) - len(kept)
        if not kept:
            continue
        answers = model.probabilities(np.stack([image for _, image in kept]))
        for (path, _), row in zip(kept, answers, strict=True):
            best = int(row.argmax())
            numbers = (f"{p:.4f}" for p in row)
            table.writerow([path, model.labels[best], f"{row[best]:.4f}", *numbers])
    return damaged


def _readable(model: Classifier, path: Path) -> NDArray[np.uint8] | None:
    try:
        return model.read(path)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        print(f"{path}: not a readable image ({error})", file=sys.stderr)
        return None


def main(argv: Sequence[str] | None = None) -> int:
    """Classify the images in folders with the model next to this file."""
    parser = argparse.ArgumentParser(description="Classify images; prints CSV.")
    parser.add_argument("images", nargs="+", type=Path, help="image files, or folders of them")
    paths = found_images(parser.parse_args(argv).images)
    if not paths:
        print("no images found", file=sys.stderr)
        return 1
    try:
        model = Classifier(Path(__file__).parent)
    except (ImportError, FileNotFoundError) as error:
        print(f"{error}; see README.txt", file=sys.stderr)
        return 1
    return 1 if write_answers(model, paths, sys.stdout) else 0


if __name__ == "__main__":
    sys.exit(main())
