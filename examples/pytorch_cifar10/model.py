"""Build the ten models of the study, with torchvision or from our own definitions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from networks.densenet import densenet121
from networks.mobile import mnasnet1_0, mobilenet_v2
from networks.resnet import basic, bottleneck, grouped, resnet
from networks.shufflenet import shufflenet_v2_x1_0
from networks.squeezenet import squeezenet1_1
from networks.vgg import vgg16
from torch import nn

from nni_hpo_ext.errors import ConfigError, MissingDependencyError

MODELS: dict[str, Callable[[int, float], nn.Module]] = {
    "resnet18": partial(resnet, basic, (2, 2, 2, 2)),
    "resnet50": partial(resnet, bottleneck, (3, 4, 6, 3)),
    "vgg16": partial(vgg16, batch_norm=False),
    "vgg16_bn": partial(vgg16, batch_norm=True),
    "densenet121": densenet121,
    "squeezenet1_1": squeezenet1_1,
    "shufflenet_v2_x1_0": shufflenet_v2_x1_0,
    "mobilenet_v2": mobilenet_v2,
    "resnext50_32x4d": partial(resnet, grouped, (3, 4, 6, 3)),
    "mnasnet1_0": mnasnet1_0,
}


def build_model(name: str, num_classes: int, *, width: float, source: str) -> tuple[nn.Module, str]:
    """Return a model for images of 32 x 32 pixels, and the source of its definition.

    Parameters
    ----------
    name
        A name in `MODELS`.
    num_classes
        Number of classes.
    width
        Multiple of the published number of channels; torchvision's models have width 1.
    source
        ``"own"``; ``"torchvision"``, whose models are made for larger images and reduce small
        ones early; or ``"auto"``, torchvision if it is installed and the width is 1.

    Returns
    -------
    tuple
        The model, which returns logits of shape ``(n, num_classes)``, and ``"own"`` or
        ``"torchvision"``.

    Raises
    ------
    ConfigError
        If the name, the width or the source is unknown.
    MissingDependencyError
        If the source is torchvision, which is not installed.
    """
    if name not in MODELS:
        raise ConfigError(f"model {name!r} is not one of {', '.join(MODELS)}")
    if source not in ("auto", "own", "torchvision") or not width > 0:
        raise ConfigError(
            f"source must be auto, own or torchvision, got {source!r}; width above 0, got {width!r}"
        )
    if source == "torchvision" and width != 1:
        raise ConfigError(f"width={width!r}: torchvision's models have width 1; use source own")
    if source == "own" or width != 1:
        return MODELS[name](num_classes, width), "own"
    try:
        import torchvision
    except ImportError as error:
        if source == "torchvision":
            raise MissingDependencyError(
                f"source torchvision: {error}; pip install torchvision, or use source own"
            ) from None
        return MODELS[name](num_classes, width), "own"
    return torchvision.models.get_model(name, weights=None, num_classes=num_classes), "torchvision"
