"""Write a PyTorch network with its preprocessing into one file that PyTorch alone can run."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nni_hpo_ext.trial.data import IMAGENET_MEAN, IMAGENET_SPREAD

__all__ = ["export_network"]

# An exported network is traced with this many images, and takes any number.
_TRACED = 2


def export_network(model: Any, path: Path, side: int, *, outputs: str) -> None:
    """Write a network for images as they are in files.

    The written program takes float32 images of shape ``(n, side, side, 3)`` on a scale from 0 to
    255; ``torch.export.load(path).module()`` is all it needs.

    Parameters
    ----------
    model
        Network for images of shape ``(n, 3, side, side)``, normalised by ImageNet's mean and
        standard deviation.
    path
        The file, with the suffix ``.pt2``.
    side
        Height and width of an image.
    outputs
        ``"features"`` for what reaches the last layer, ``"probabilities"`` for those of the
        classes.

    Examples
    --------
    >>> import tempfile
    >>> model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_network(model, Path(folder, "model.pt2"), 8, outputs="features")
    ...     program = torch.export.load(Path(folder, "model.pt2")).module()
    >>> program(torch.zeros(5, 8, 8, 3)).shape
    torch.Size([5, 3])
    """
    program = torch.export.export(
        _OfPictures(_prepared(model, outputs)).eval(),
        (torch.zeros(_TRACED, side, side, 3),),
        dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
    )
    torch.export.save(program, path)


def _prepared(model: Any, outputs: str) -> Any:
    """Return a copy of the model that ends in features or probabilities."""
    model = copy.deepcopy(model).cpu()
    if outputs == "probabilities":
        return nn.Sequential(model, nn.Softmax(dim=1))
    last = next(reversed(model.state_dict())).rpartition(".")[0]
    model.set_submodule(last, nn.Identity())
    return model


class _OfPictures(nn.Module):
    """A network on images of shape ``(n, height, width, 3)``, from 0 to 255."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        for name, numbers in (("mean", IMAGENET_MEAN), ("spread", IMAGENET_SPREAD)):
            self.register_buffer(name, 255 * torch.tensor(numbers).reshape(1, 3, 1, 1))

    def forward(self, images: Any) -> Any:
        return self.model((images.permute(0, 3, 1, 2) - self.mean) / self.spread)
