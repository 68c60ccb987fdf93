"""Optimizers in plain numpy that update an array of weights in place.

An optimizer is created for the weights and called with a gradient and a learning rate.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Update = Callable[[Array, np.float32], None]

_MOMENTUM, _DECAY, _EPSILON = 0.9, 0.999, np.float32(1e-8)
_BETA1, _REST1 = np.float32(_MOMENTUM), np.float32(1 - _MOMENTUM)
_BETA2, _REST2 = np.float32(_DECAY), np.float32(1 - _DECAY)


def _sgd(weights: Array) -> Update:
    def update(gradient: Array, rate: np.float32) -> None:
        np.subtract(weights, rate * gradient, out=weights)

    return update


def _momentum(weights: Array) -> Update:
    velocity = np.zeros_like(weights)

    def update(gradient: Array, rate: np.float32) -> None:
        np.multiply(velocity, _BETA1, out=velocity)
        np.add(velocity, gradient, out=velocity)
        np.subtract(weights, rate * velocity, out=weights)

    return update


def _rmsprop(weights: Array) -> Update:
    square = np.zeros_like(weights)

    def update(gradient: Array, rate: np.float32) -> None:
        np.multiply(square, _BETA1, out=square)
        np.add(square, _REST1 * gradient * gradient, out=square)
        step = gradient / (np.sqrt(square) + _EPSILON)
        np.subtract(weights, rate * step, out=weights)

    return update


def _adam(weights: Array) -> Update:
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    count = 0

    def update(gradient: Array, rate: np.float32) -> None:
        nonlocal count
        count += 1
        np.multiply(mean, _BETA1, out=mean)
        np.add(mean, _REST1 * gradient, out=mean)
        np.multiply(square, _BETA2, out=square)
        np.add(square, _REST2 * gradient * gradient, out=square)
        step = mean / (np.sqrt(square / np.float32(1 - _DECAY**count)) + _EPSILON)
        np.subtract(weights, rate / np.float32(1 - _MOMENTUM**count) * step, out=weights)

    return update


OPTIMIZERS: dict[str, Callable[[Array], Update]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "rmsprop": _rmsprop,
    "adam": _adam,
}
