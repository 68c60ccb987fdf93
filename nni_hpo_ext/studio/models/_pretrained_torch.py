"""Train a pretrained network of PyTorch on an image set, and write it for use elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.models._pretrained import CHANNELS, PretrainedNetwork
from nni_hpo_ext.studio.models._training_data import training_data
from nni_hpo_ext.studio.predict import MODEL_FILES
from nni_hpo_ext.trial.checkpoint import write_whole
from nni_hpo_ext.trial.data import IMAGENET_MEAN, IMAGENET_SPREAD, Dataset

__all__ = ["train_torch", "write_trained"]

_TRAINED_FILE = "model.pt"


def train_torch(
    images: ImageSet, network: PretrainedNetwork, options: Mapping[str, Any], params: Any
) -> None:
    """Train a network and report; images are read as they are needed.

    Parameters
    ----------
    images
        The image set.
    network
        A network of PyTorch.
    options
        Those of the model ``"pretrained"``.
    params
        The trial's parameters: ``threads`` and ``seed``.
    """
    # First: it sets how PyTorch's threads wait.
    from nni_hpo_ext.trial.torch import apply_torch_hardware, loaders, make_optimizer, train

    # isort: split
    import torch

    hardware = apply_torch_hardware({"intra_op_parallelism_threads": params["threads"], **options})
    torch.manual_seed(params["seed"])
    data = _dataset(images, network.side)
    model = network.torch_model(data.num_classes, frozen=bool(options["frozen"]))
    batches = loaders(
        data,
        min(int(options["batch_size"]), len(data.y_train)),
        augment=options["augment"] != "none",
        cutout=0,
        num_workers=0,
        seed=params["seed"],
    )
    rate = options["learning_rate"]
    train(
        model,
        batches,
        {"seed": params["seed"], "checkpoint": True, "LR_POLICY": options["policy"]},
        hardware,
        dataset=images.name,
        optimizer=make_optimizer("adam", model, rate, momentum=0.0, weight_decay=0.0),
        epochs=int(options["epochs"]),
    )


def write_trained(folder: Path, network: PretrainedNetwork, num_classes: int) -> None:
    """Write the network that a trial has kept in a folder with its preprocessing beside it."""
    from nni_hpo_ext.trial.torch import export_network, published_network

    # isort: split
    import torch

    model = published_network(network.weights.network, num_classes)
    model.load_state_dict(torch.load(folder / _TRAINED_FILE, map_location="cpu", weights_only=True))
    write_whole(
        folder / MODEL_FILES["torch"],
        lambda path: export_network(model, path, network.side, outputs="probabilities"),
    )


def _dataset(images: ImageSet, side: int) -> Dataset:
    return training_data(images, side, lambda rows: _Pixels(images, rows, side))


class _Pixels:
    """Images of a set in the form of an array, normalised by ImageNet's mean and deviation."""

    def __init__(self, images: ImageSet, rows: Sequence[int], side: int) -> None:
        self._images = images
        self._rows = rows
        self._side = side

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self._rows), self._side, self._side, CHANNELS

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        rows = [self._rows[number] for number in numbers]
        pixels = self._images.images(rows, self._side, CHANNELS).astype(np.float32) / 255
        return np.asarray((pixels - IMAGENET_MEAN) / IMAGENET_SPREAD, dtype=np.float32)
