"""Fisher vectors: the gradients they are defined by, and what they tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nni_hpo_ext.studio.models._fisher import learn_mixtures
from nni_hpo_ext.studio.predict import features, full_fisher_vectors

Mixture = dict[str, NDArray[Any]]


def mixture(k: int = 3, d: int = 2) -> Mixture:
    chance = np.random.default_rng(0)
    return {
        "mean": np.zeros(d),
        "axes": np.eye(d),
        "centres": chance.normal(size=(k, d)),
        "variances": chance.uniform(0.5, 2, (k, d)),
        "weights": np.array([0.5, 0.3, 0.2]),
    }


def likelihood(points: NDArray[Any], given: Mixture) -> float:
    """Return the logarithm of the likelihood of points, by its definition."""
    spread = given["variances"]
    powers = (points[:, None] - given["centres"]) ** 2 / spread
    densities = np.exp(-powers / 2) / np.sqrt(2 * np.pi * spread)
    return float(np.log((given["weights"] * densities.prod(axis=2)).sum(axis=1)).sum())


def slope(points: NDArray[Any], given: Mixture, name: str, power: float) -> NDArray[Any]:
    """Return the derivatives by each element of a parameter, or of a power of it."""
    found = np.zeros_like(given[name])
    for place in np.ndindex(found.shape):
        for sign in (1, -1):
            moved = given[name].copy()
            moved[place] = (moved[place] ** power + sign * 1e-5) ** (1 / power)
            found[place] += sign * likelihood(points, {**given, name: moved}) / 2e-5
    return found


def test_they_are_the_slopes_of_the_likelihood() -> None:
    given = mixture()
    points = np.random.default_rng(1).normal(size=(50, 2))
    (vector,) = full_fisher_vectors(points.reshape(1, 5, 10, 2).astype(np.float32), given)
    deviations, weights = np.sqrt(given["variances"]), given["weights"][:, None]
    # Sanchez et al., IJCV 2013, equations 16 and 17; then the roots.
    by_centre = slope(points, given, "centres", 1.0) * deviations / np.sqrt(weights)
    by_deviation = slope(points, given, "variances", 0.5) * deviations / np.sqrt(2 * weights)
    wanted = np.concatenate([by_centre.ravel(), by_deviation.ravel()])
    wanted = np.sign(wanted) * np.sqrt(np.abs(wanted))
    np.testing.assert_allclose(vector, wanted / np.linalg.norm(wanted), rtol=1e-3, atol=1e-3)


def stripes(upright: bool, number: int, side: int, channels: int) -> NDArray[np.uint8]:
    """Return stripes with a random place, width and contrast, and noise."""
    chance = np.random.default_rng([upright, number])
    wave = np.sin(np.arange(side) * chance.uniform(0.8, 1.4) + chance.uniform(0, 6))
    image = 128 + chance.uniform(20, 50) * np.broadcast_to(wave, (side, side))
    turned = image if upright else image.T
    noise = chance.normal(0, 15, (side, side, channels))
    return np.clip(turned[..., None] + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("side", "channels"), [(24, 1), (32, 3), (64, 3)])
def test_they_tell_textures_apart(side: int, channels: int) -> None:
    images = np.stack([stripes(n % 2 == 0, n, side, channels) for n in range(80)])
    labels = np.arange(80) % 2
    dictionary = learn_mixtures(images[:40])
    found = features(images, ["fisher"], dictionary)
    model = LogisticRegression(C=0.01).fit(found[:40], labels[:40])
    assert model.score(found[40:], labels[40:]) > 0.9
    np.testing.assert_allclose(features(images[7:9], ["fisher"], dictionary), found[7:9], atol=1e-3)


@pytest.mark.filterwarnings("ignore:invalid value")  # the share of a variance of 0
def test_plain_images_have_finite_ones() -> None:
    plain = np.full((30, 32, 32, 3), 255, dtype=np.uint8)
    assert np.isfinite(features(plain, ["fisher"], learn_mixtures(plain))).all()
