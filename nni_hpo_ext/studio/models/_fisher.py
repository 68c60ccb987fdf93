"""Learn what Fisher vectors need from training images, without labels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.studio.predict import DESCRIPTORS, descriptors, full_fisher_vectors

__all__ = ["learn_mixtures"]

_IMAGES = 1000
_BATCH = 50
_PER_IMAGE = 80
# On photographs of 64 pixels, fewer axes lose accuracy, and more components hardly gain any.
_AXES = 48
_COMPONENTS = 32
_KEPT = 256


def learn_mixtures(images: NDArray[np.uint8], seed: int = 0) -> dict[str, NDArray[Any]]:
    """Return what `nni_hpo_ext.studio.predict.fisher_vectors` needs.

    Parameters
    ----------
    images
        Training images of shape ``(n, size, size, channels)``.
    seed
        Seed of the samples and of the mixtures.
    """
    generator = np.random.default_rng(seed)
    sample = images[generator.permutation(len(images))[:_IMAGES]]
    found: dict[str, NDArray[Any]] = {}
    for kind in DESCRIPTORS:
        learned = _mixture(sample, kind, generator)
        learned |= _projection(sample, kind, learned, seed)
        found |= {f"{kind}_{name}": values for name, values in learned.items()}
    return found


def _mixture(
    images: NDArray[np.uint8], kind: str, generator: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Fit a mixture of normal distributions to the principal components of descriptors."""
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    sample = []
    for start in range(0, len(images), _BATCH):
        found = descriptors(images[start : start + _BATCH], kind)
        flat = found.reshape(-1, found.shape[-1])
        sample.append(generator.permutation(flat)[: _PER_IMAGE * len(found)])
    chosen = np.concatenate(sample)
    axes = PCA(min(_AXES, *chosen.shape)).fit(chosen)
    points = axes.transform(chosen)
    mixture = GaussianMixture(
        min(_COMPONENTS, len(points)),
        covariance_type="diag",
        reg_covar=1e-4 * max(float(points.var()), 1e-9),
        max_iter=20,
        init_params="k-means++",
        random_state=int(generator.integers(2**31)),
    )
    with warnings.catch_warnings():  # an approximate mixture is as good
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(points)
    learned = {
        "mean": axes.mean_,
        "axes": axes.components_.T,
        "centres": mixture.means_,
        "variances": mixture.covariances_,
        "weights": mixture.weights_,
    }
    return {name: np.asarray(values, dtype=np.float32) for name, values in learned.items()}


def _projection(
    images: NDArray[np.uint8], kind: str, mixture: dict[str, NDArray[Any]], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Return principal components of Fisher vectors, with a mean variance of 1."""
    from sklearn.decomposition import PCA

    starts = range(0, len(images), _BATCH)
    vectors = np.concatenate(
        [
            full_fisher_vectors(descriptors(images[start : start + _BATCH], kind), mixture)
            for start in starts
        ]
    )
    main = PCA(min(_KEPT, *vectors.shape), svd_solver="randomized", random_state=seed).fit(vectors)
    scale = np.sqrt(max(float(main.explained_variance_.mean()), 1e-12))
    projection = (main.components_ / scale).T
    return {"offset": main.mean_, "projection": np.asarray(projection, dtype=np.float32)}
