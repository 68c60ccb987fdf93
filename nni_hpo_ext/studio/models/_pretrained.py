"""Pretrained networks: as features for shallow models, and as models to train further."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.trial.pretrained import Pretrained, pretrained

__all__ = ["CHANNELS", "NETWORK_FILES", "SIDE", "PretrainedNetwork"]

SIDE = 128
"""Default height and width of the images that a pretrained network gets, in pixels."""

CHANNELS = 3
"""Pretrained networks have seen colour images; grey ones are given to them as such."""

_LEAST_SIDE = 32
_FILES = {"torch": "network.pt2", "keras": "network.keras"}
NETWORK_FILES = tuple(_FILES.values())
"""Files of networks with their preprocessing, next to a model that uses one."""


@dataclass(frozen=True, slots=True)
class PretrainedNetwork:
    """A published network with weights of another training.

    Attributes
    ----------
    weights
        The network and the file of its weights.
    side
        Height and width of the images that it gets, in pixels.
    """

    weights: Pretrained
    side: int = SIDE

    @classmethod
    def named(cls, text: str, side: int = SIDE) -> PretrainedNetwork | None:
        """Return the network that a text names, see `pretrained`; None for an empty text.

        Raises
        ------
        ConfigError
            If the text names no weights, or the side is too small.
        """
        whole_number("network_size", side, _LEAST_SIDE)
        return cls(pretrained(text), side) if text else None

    @property
    def file_name(self) -> str:
        """Name of the file of the network with its preprocessing."""
        return _FILES[self.weights.library]

    def key(self) -> str:
        """Return a text that differs if the network, the weights or the side do.

        Raises
        ------
        DataError
            If there are no weights.
        """
        file = self.weights.weights()
        state = file.stat()
        told = (self.weights.network, str(file), state.st_size, state.st_mtime_ns)
        return f"{hashlib.sha256(repr(told).encode()).hexdigest()[:12]}-{self.side}"

    def write_features(self, path: Path) -> None:
        """Write the network up to its last layer, with its preprocessing, into a file.

        Parameters
        ----------
        path
            The file, with the suffix of `file_name`.

        Raises
        ------
        ConfigError, DataError, MissingDependencyError
            If the network, its library or its weights are missing, or do not fit.
        """
        if self.weights.library == "torch":
            from nni_hpo_ext.trial.torch import export_network

            # The last layer is left out.
            export_network(self.torch_model(2), path, self.side, outputs="features")
            return
        import keras

        from nni_hpo_ext.trial.keras import backbone

        images = keras.Input((self.side, self.side, CHANNELS))
        network = backbone(
            self.weights.network, images.shape[1:], weights=str(self.weights.weights())
        )
        keras.Model(images, network(images / 127.5 - 1.0)).save(path)

    def cap_threads(self, threads: int) -> None:
        """Set the number of threads of the network's library in this process."""
        given = {"intra_op_parallelism_threads": threads}
        if self.weights.library == "torch":
            from nni_hpo_ext.trial.torch import apply_torch_hardware

            apply_torch_hardware(given)
        else:
            from nni_hpo_ext.trial import apply_hardware

            apply_hardware({**given, "inter_op_parallelism_threads": threads})

    def torch_model(self, num_classes: int, *, frozen: bool = False) -> Any:
        """Return the network in PyTorch with a new last layer."""
        from nni_hpo_ext.trial.torch import load_weights, published_network

        model = published_network(self.weights.network, num_classes)
        load_weights(model, str(self.weights.weights()), frozen=frozen)
        return model

    def keras_model(self, num_classes: int, options: Mapping[str, Any]) -> Any:
        """Return the network in Keras with a new last layer, for images from -1 to 1."""
        from nni_hpo_ext.trial.keras import classifier

        params = {"weights": str(self.weights.weights()), "frozen": bool(options["frozen"])}
        shape = (self.side, self.side, CHANNELS)
        return classifier(self.weights.network, shape, num_classes, params)
