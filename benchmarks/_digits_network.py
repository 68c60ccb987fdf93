"""Small fully connected networks on digits in plain numpy, several of the same shape at once.

ReLU with dropout, He initialisation, training images shifted at random, and a learning rate that
decays by a constant factor per epoch.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from _digits_optimizers import OPTIMIZERS, Array

from nni_hpo_ext.trial.data import standardised

TRAIN_IMAGES = 500
_SPLIT_SEED = 0
# Corners of the crops of an image padded by a pixel; the first is the image itself.
_MOVES = [(1, 1), *((i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1))]


@dataclass(frozen=True)
class Data:
    """Digits as rows of 64 pixels, with mean 0 and variance 1 over the training part.

    Attributes
    ----------
    x_train
        Training images, followed by the same shifted by a pixel in each of the eight directions;
        shape ``(9, n, 64)``.
    y_train, x_val, y_val
        Labels ``(n,)``, validation images ``(m, 64)`` and their labels ``(m,)``.
    """

    x_train: Array
    y_train: npt.NDArray[np.intp]
    x_val: Array
    y_val: npt.NDArray[np.intp]


def load() -> Data:
    """Return scikit-learn's 1,797 digits: 500 to train on, 1,297 to validate on."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(bunch.target))
    train, val = order[:TRAIN_IMAGES], order[TRAIN_IMAGES:]
    images, labels = bunch.images[..., None], bunch.target.astype(np.intp)
    padded = np.pad(images[train], ((0, 0), (1, 1), (1, 1), (0, 0)))
    moved = np.concatenate([padded[:, i : i + 8, j : j + 8] for i, j in _MOVES])
    _, x_train = standardised(images[train], moved)
    _, x_val = standardised(images[train], images[val])
    x_train = x_train.reshape(len(_MOVES), len(train), -1)
    return Data(x_train, labels[train], x_val.reshape(len(val), -1), labels[val])


def layer_widths(params: dict[str, Any]) -> list[int]:
    """Return the widths from the input to the output; without a second layer if its width is 0."""
    hidden = [params["width1"], params["width2"]]
    return [64, *(width for width in hidden if width), 10]


def n_weights(params: dict[str, Any]) -> int:
    """Return the number of weights and biases of a network."""
    widths = layer_widths(params)
    return sum((a + 1) * b for a, b in itertools.pairwise(widths))


def train(
    params: dict[str, Any], data: Data, copies: int, epochs: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Train ``copies`` networks that differ only in their random numbers.

    A network that diverges continues with NaN.

    Returns
    -------
    ndarray of int
        Number of correctly classified validation images after each epoch, ``(copies, epochs)``.
    """
    network = _Networks(params, copies, rng)
    rates = params["learning_rate"] * np.geomspace(1, params["final_rate"], epochs)
    correct = np.empty((copies, epochs), dtype=np.int64)
    with np.errstate(all="ignore"):
        for epoch, rate in enumerate(rates):
            network.train_epoch(data, rate)
            predicted = network.logits(data.x_val).argmax(axis=2)
            correct[:, epoch] = (predicted == data.y_val).sum(axis=1)
    return correct


class _Networks:
    """``k`` networks with their parameters in a single array ``(k, n_weights)``."""

    def __init__(self, params: dict[str, Any], copies: int, rng: np.random.Generator) -> None:
        self._params, self._rng, self._copies = params, rng, copies
        self._weights = np.zeros((copies, n_weights(params)), dtype=np.float32)
        self._gradient = np.empty_like(self._weights)
        self._layers = _views(self._weights, layer_widths(params))
        self._slopes = _views(self._gradient, layer_widths(params))
        self._update = OPTIMIZERS[params["optimizer"]](self._weights)
        for matrix, _ in self._layers:
            scale = np.sqrt(2 / matrix.shape[1])
            matrix[:] = scale * rng.standard_normal(matrix.shape, dtype=np.float32)

    def logits(self, x: Array) -> Array:
        """Return the outputs ``(k, n, 10)`` for images ``(n, 64)``, without dropout."""
        for matrix, bias in self._layers[:-1]:
            x = np.maximum(x @ matrix + bias, 0)
        matrix, bias = self._layers[-1]
        return x @ matrix + bias

    def train_epoch(self, data: Data, rate: float) -> None:
        """Train on all images once, in a different order for each network."""
        n, size = len(data.y_train), self._params["batch_size"]
        orders = self._rng.permuted(np.tile(np.arange(n), (self._copies, 1)), axis=1)
        for start in range(0, n, size):
            batch = orders[:, start : start + size]
            inputs, slopes = self._forward(self._shifted(data.x_train, batch))
            self._backward(inputs, slopes, data.y_train[batch])
            self._update(self._gradient, np.float32(rate))

    def _shifted(self, x: Array, batch: npt.NDArray[np.intp]) -> Array:
        """Shift each image in a random direction by up to ``shift`` pixels, interpolated."""
        direction = self._rng.integers(1, len(x), batch.shape)
        distance = self._rng.random((*batch.shape, 1), dtype=np.float32)
        distance *= np.float32(self._params["shift"])
        return (1 - distance) * x[0, batch] + distance * x[direction, batch]

    def _forward(self, x: Array) -> tuple[list[Array], list[Array]]:
        """Return the inputs of the layers and the logits, and the slopes of the hidden layers."""
        inputs, slopes = [x], []
        keep = np.float32(1 - self._params["dropout"])
        for matrix, bias in self._layers[:-1]:
            hidden = np.maximum(inputs[-1] @ matrix + bias, 0)
            mask = (self._rng.random(hidden.shape, dtype=np.float32) < keep) / keep
            slopes.append((hidden > 0) * mask)
            inputs.append(hidden * mask)
        matrix, bias = self._layers[-1]
        inputs.append(inputs[-1] @ matrix + bias)
        return inputs, slopes

    def _backward(self, inputs: list[Array], slopes: list[Array], y: npt.NDArray[np.intp]) -> None:
        """Compute the gradient of the mean cross-entropy."""
        error = np.exp(inputs[-1] - inputs[-1].max(axis=2, keepdims=True))
        error /= error.sum(axis=2, keepdims=True)
        np.put_along_axis(
            error, y[..., None], np.take_along_axis(error, y[..., None], axis=2) - 1, axis=2
        )
        error /= np.float32(y.shape[1])
        for i in reversed(range(len(self._layers))):
            matrix, bias = self._slopes[i]
            np.matmul(inputs[i].transpose(0, 2, 1), error, out=matrix)
            error.sum(axis=1, keepdims=True, out=bias)
            if i:
                error = error @ self._layers[i][0].transpose(0, 2, 1) * slopes[i - 1]


def _views(flat: Array, widths: list[int]) -> list[tuple[Array, Array]]:
    """Return matrices ``(k, a, b)`` and biases ``(k, 1, b)`` of each layer as views of ``flat``."""
    views, start, k = [], 0, len(flat)
    for a, b in itertools.pairwise(widths):
        middle, end = start + a * b, start + (a + 1) * b
        views.append((flat[:, start:middle].reshape(k, a, b), flat[:, None, middle:end]))
        start = end
    return views
