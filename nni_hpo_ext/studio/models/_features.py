"""Features for shallow models: learn the patches, compute each feature once, keep it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.studio.data import SET_FILE, ImageSet
from nni_hpo_ext.studio.predict import cut_patches, features, reduced
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["FeatureTable", "learn_patches"]

_logger = logging.getLogger(__name__)

_SIDE = 6
_PATCHES = 300
_SAMPLE_IMAGES = 1500
_SAMPLE = 200_000


class FeatureTable:
    """Features of an image set, kept in its folder if the set was imported.

    Parameters
    ----------
    images
        The image set.
    size
        Side to which images are scaled, in pixels.
    """

    def __init__(self, images: ImageSet, size: int) -> None:
        self._images = images
        self._size = size
        self._pixels: dict[str, NDArray[np.uint8]] = {}
        # The features of another split, or of other images, are others.
        told = [(p.digest, p.part, p.label) for p in images.pictures]
        self._is_imported = (images.folder / SET_FILE).is_file()
        self._key = hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def pixels(self, part: str) -> NDArray[np.uint8]:
        """Return the images of a part, ``(n, size, size, channels)``."""
        if part not in self._pixels:
            self._pixels[part] = self._images.images(self._images.rows(part), self._size)
        return self._pixels[part]

    def dictionary(self) -> dict[str, Any]:
        """Return the patches that are learned from the training part."""
        found = self._kept("dictionary", lambda: learn_patches(self.pixels("train")))
        return {**found, "side": _SIDE}

    def of(self, part: str, names: Sequence[str], *, mirror: bool = False) -> NDArray[np.float32]:
        """Return the named features of a part, ``(n, d)``, of its mirror images if asked for."""
        return np.concatenate([self._one(part, name, mirror) for name in names], axis=1)

    def _one(self, part: str, name: str, mirror: bool) -> NDArray[np.float32]:
        def compute() -> dict[str, Any]:
            pixels = self.pixels(part)
            turned = pixels[:, :, ::-1] if mirror else pixels
            dictionary = self.dictionary() if name == "patches" else None
            return {"features": features(turned, [name], dictionary)}

        key = f"{part}-{name}{'-mirrored' if mirror else ''}"
        return np.asarray(self._kept(key, compute)["features"])

    def _kept(
        self, key: str, compute: Callable[[], Mapping[str, NDArray[Any]]]
    ) -> dict[str, NDArray[Any]]:
        """Return arrays from a file, which the first trial that needs them writes."""
        file = self._images.folder / "cache" / f"{self._key}-{self._size}-{key}.npz"
        if file.is_file():
            try:
                with np.load(file) as arrays:
                    return dict(arrays)
            except (OSError, ValueError) as error:
                _logger.warning("%s cannot be read (%s): computed again", file, error)
        found = dict(compute())
        if not self._is_imported:
            return found
        try:
            write_whole(file, lambda path: np.savez(path, allow_pickle=False, **found))
        except OSError as error:
            _logger.warning("%s cannot be written (%s): computed in each trial", file, error)
        return found


def learn_patches(images: NDArray[np.uint8], seed: int = 0) -> dict[str, NDArray[Any]]:
    """Learn a dictionary of patches, without labels (Coates, Lee and Ng, AISTATS 2011).

    Parameters
    ----------
    images
        Training images of shape ``(n, size, size, channels)``.
    seed
        Seed of the sample and of k-means.

    Returns
    -------
    dict
        ``mean`` ``(d,)``, ``whitening`` ``(d, d)`` and ``patches`` ``(k, d)``.
    """
    from sklearn.cluster import MiniBatchKMeans

    generator = np.random.default_rng(seed)
    rows = generator.permutation(len(images))[:_SAMPLE_IMAGES]
    sample = []
    for row in rows:
        found = cut_patches(reduced(images[row : row + 1]), _SIDE)
        flat = found.reshape(-1, found.shape[-1])
        sample.append(flat[generator.integers(len(flat), size=_SAMPLE // len(rows))])
    patches = np.concatenate(sample)
    mean = patches.mean(axis=0)
    variance, axes = np.linalg.eigh(np.cov(patches - mean, rowvar=False))
    whitening = ((axes / np.sqrt(np.maximum(variance, 0) + 0.1)) @ axes.T).astype(np.float32)
    means = MiniBatchKMeans(
        min(_PATCHES, len(patches)), batch_size=2000, n_init=1, max_iter=20, random_state=seed
    ).fit((patches - mean) @ whitening)
    return {
        "mean": mean,
        "whitening": whitening,
        "patches": means.cluster_centers_.astype(np.float32),
    }
