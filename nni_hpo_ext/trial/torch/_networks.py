"""Build published PyTorch networks by their names."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from nni_hpo_ext.errors import ConfigError, MissingDependencyError
from nni_hpo_ext.trial.data import IMAGENET_MEAN, IMAGENET_SPREAD
from nni_hpo_ext.trial.torch._efficientnet_lite import LITE, efficientnet_lite

__all__ = ["published_network"]


def published_network(name: str, num_classes: int, source: str = "auto") -> Any:
    """Return a published network with random weights.

    Parameters
    ----------
    name
        ``"efficientnet_lite0"`` to ``"efficientnet_lite4"``, or a name of torchvision or timm.
    num_classes
        Number of classes.
    source
        ``"own"`` (EfficientNet-Lite), ``"torchvision"``, ``"timm"``, or ``"auto"`` for the first
        that has a network of this name.

    Returns
    -------
    torch.nn.Module
        Returns logits of shape ``(n, num_classes)`` for images of shape ``(n, 3, height, width)``,
        normalised by ImageNet's mean and standard deviation.

    Raises
    ------
    ConfigError
        If the name is unknown.
    MissingDependencyError
        If the library is not installed.

    Examples
    --------
    >>> network = published_network("efficientnet_lite0", 6)
    >>> network.eval()(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 6])
    """
    if source == "auto":
        source = _source_of(name)
    if source == "own":
        if name not in LITE:
            raise ConfigError(f"network {name!r} is not one of {', '.join(LITE)}")
        return _rescaled(efficientnet_lite(name, num_classes), (0.5,) * 3, (0.5,) * 3)
    build = _of_torchvision if source == "torchvision" else _of_timm
    return build(name, num_classes)


def _source_of(name: str) -> str:
    if name in LITE:
        return "own"
    if find_spec("torchvision") and name in _library("torchvision.models").list_models():
        return "torchvision"
    return "timm" if find_spec("timm") else "torchvision"


def _of_torchvision(name: str, num_classes: int) -> Any:
    models = _library("torchvision.models")
    try:
        return models.get_model(name, weights=None, num_classes=num_classes)
    except ValueError as error:
        raise ConfigError(
            f"model {name!r}: {error}; see torchvision.models.list_models()"
        ) from None


def _of_timm(name: str, num_classes: int) -> Any:
    timm = _library("timm")
    if not timm.is_model(name):
        similar = ", ".join(get_close_matches(name, timm.list_models())) or "timm.list_models()"
        raise ConfigError(f"timm has no model {name!r}; see {similar}")
    model = timm.create_model(name, pretrained=False, num_classes=num_classes)
    expected = getattr(model, "pretrained_cfg", {})
    return _rescaled(
        model, expected.get("mean", IMAGENET_MEAN), expected.get("std", IMAGENET_SPREAD)
    )


def _library(name: str) -> Any:
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"source {package}: {error}; pip install {package}, or use source own"
        ) from None
    except RuntimeError as error:
        # torchvision's operators are compiled for one build of PyTorch.
        raise MissingDependencyError(
            f"source {package}: {error}; install the build of torchvision that was made for this "
            f"PyTorch ({torch.__version__}), or use source own"
        ) from None


def _rescaled(model: Any, mean: Sequence[float], spread: Sequence[float]) -> Any:
    """Let a network that was trained on another scale of colours take ImageNet's."""
    if tuple(mean) == IMAGENET_MEAN and tuple(spread) == IMAGENET_SPREAD:
        return model
    given_mean, given_spread, own_mean, own_spread = (
        torch.tensor(numbers).reshape(1, 3, 1, 1)
        for numbers in (IMAGENET_MEAN, IMAGENET_SPREAD, mean, spread)
    )
    factor, offset = given_spread / own_spread, (given_mean - own_mean) / own_spread

    def rescale(module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        images, *rest = inputs
        return images * factor.to(images) + offset.to(images), *rest

    # A hook leaves the names of the weights as they are published.
    model.register_forward_pre_hook(rescale)
    return model
