"""Features for shallow models: learn the patches, compute each feature once, keep it."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.files import one_at_a_time
from nni_hpo_ext.studio.data import SET_FILE, ImageSet
from nni_hpo_ext.studio.models._fisher import learn_mixtures
from nni_hpo_ext.studio.models._pretrained import CHANNELS, PretrainedNetwork
from nni_hpo_ext.studio.predict import Network, cut_patches, features, reduced
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["FeatureTable", "learn_patches"]

_logger = logging.getLogger(__name__)

_SIDE = 6
_PATCHES = 300
_SAMPLE_IMAGES = 1500
_SAMPLE = 200_000
_BATCH = 64


class FeatureTable:
    """Features of an image set, kept in its folder if the set was imported, else with the trials.

    Parameters
    ----------
    images
        The image set.
    size
        Side to which images are scaled, in pixels.
    network
        The network whose features are the embedding.
    threads
        Threads that the network may use.

    Attributes
    ----------
    images
        The image set.
    """

    def __init__(
        self,
        images: ImageSet,
        size: int,
        network: PretrainedNetwork | None = None,
        threads: int = 1,
    ) -> None:
        self.images = images
        self._size = size
        self._network = network
        self._threads = threads
        self._program: Network | None = None
        self._pixels: dict[str, NDArray[np.uint8]] = {}
        self._known: dict[str, dict[str, NDArray[Any]]] = {}
        # The features of another split, or of other images, are others.
        told = [(p.digest, p.part, p.label) for p in images.pictures]
        self._cache = _cache_of(images)
        self._key = hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def pixels(self, part: str) -> NDArray[np.uint8]:
        """Return the images of a part, ``(n, size, size, channels)``."""
        if part not in self._pixels:
            self._pixels[part] = self.images.images(self.images.rows(part), self._size)
        return self._pixels[part]

    def dictionary(self, names: Iterable[str]) -> dict[str, Any] | None:
        """Return what the named features need to know of the training part, None if nothing."""
        found: dict[str, Any] = {}
        for name in _LEARNERS.keys() & set(names):
            found |= self._kept(f"{name}-learned", partial(self._learn, name))
        return found or None

    def _learn(self, name: str) -> dict[str, NDArray[Any]]:
        return _LEARNERS[name](self.pixels("train"))

    def of(self, part: str, names: Sequence[str], *, mirror: bool = False) -> NDArray[np.float32]:
        """Return the named features of a part, ``(n, d)``, of its mirror images if asked for."""
        return np.concatenate([self._one(part, name, mirror) for name in names], axis=1)

    def _one(self, part: str, name: str, mirror: bool) -> NDArray[np.float32]:
        if name == "embedding":
            return self._embedding(part, mirror)

        def compute() -> dict[str, Any]:
            pixels = self.pixels(part)
            turned = pixels[:, :, ::-1] if mirror else pixels
            return {"features": features(turned, [name], self.dictionary([name]))}

        key = f"{part}-{name}{'-mirrored' if mirror else ''}"
        return np.asarray(self._kept(key, compute)["features"])

    def _embedding(self, part: str, mirror: bool) -> NDArray[np.float32]:
        """Return the outputs of the network before its last layer, read a few images at a time."""
        network = self._network
        if network is None:
            raise ConfigError("the features embedding need a pretrained network; give --weights")
        rows = self.images.rows(part)

        def compute() -> dict[str, Any]:
            program, batches = self._opened(network), []
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                pixels = self.images.images(batch, network.side, CHANNELS)
                batches.append(program(pixels[:, :, ::-1] if mirror else pixels))
            return {"features": np.concatenate(batches)}

        key = f"{part}-embedding-{network.key()}{'-mirrored' if mirror else ''}"
        return np.asarray(self._kept(key, compute)["features"])

    def _opened(self, network: PretrainedNetwork) -> Network:
        """Return the network up to its last layer, as it will be exported."""
        if self._program is None:
            network.cap_threads(self._threads)
            with tempfile.TemporaryDirectory(prefix="nni-hpo-network-") as scratch:
                file = Path(scratch) / network.file_name
                network.write_features(file)
                self._program = Network(file)
        return self._program

    def _kept(
        self, key: str, compute: Callable[[], Mapping[str, NDArray[Any]]]
    ) -> dict[str, NDArray[Any]]:
        """Return arrays from a file, which the first trial that needs them writes."""
        if self._cache is None:
            if key not in self._known:
                self._known[key] = dict(compute())
            return self._known[key]
        file = self._cache / f"{self._key}-{self._size}-{key}.npz"
        # Trials that start together wait for the first one.
        with one_at_a_time(file.with_suffix(".lock")):
            if file.is_file():
                try:
                    with np.load(file) as arrays:
                        return dict(arrays)
                except (OSError, ValueError) as error:
                    _logger.warning("%s cannot be read (%s): computed again", file, error)
            found = dict(compute())
            try:
                write_whole(file, lambda path: np.savez(path, allow_pickle=False, **found))
            except OSError as error:
                _logger.warning("%s cannot be written (%s): computed in each trial", file, error)
            return found


def _cache_of(images: ImageSet) -> Path | None:
    """Return the folder that keeps features: of an imported set, or else of the experiment."""
    output = os.environ.get("NNI_OUTPUT_DIR", "")
    if (images.folder / SET_FILE).is_file():
        folder = images.folder / "cache"
    elif output:
        folder = Path(output).parents[1] / "cache"
    else:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _logger.warning(
            "%s cannot be made (%s): features are computed in each trial", folder, error
        )
        return None
    return folder


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
        ``side``, ``mean`` ``(d,)``, ``whitening`` ``(d, d)`` and ``patches`` ``(k, d)``.
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
        "side": np.array(_SIDE),
        "mean": mean,
        "whitening": whitening,
        "patches": means.cluster_centers_.astype(np.float32),
    }


_LEARNERS: Mapping[str, Callable[[NDArray[np.uint8]], dict[str, NDArray[Any]]]] = {
    "patches": learn_patches,
    "fisher": learn_mixtures,
}
