"""Build the networks: from our own definitions, with torchvision, or with timm."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from networks.alexnet import alexnet
from networks.densenet import densenet121
from networks.mobile import mnasnet1_0, mobilenet_v2
from networks.resnet import basic, bottleneck, grouped, resnet
from networks.shufflenet import shufflenet_v2_x1_0
from networks.squeezenet import squeezenet1_1
from networks.vgg import vgg16
from torch import nn

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.torch import published_network

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
    "alexnet": alexnet,
}
SOURCES = ("auto", "own", "torchvision", "timm")


def build_model(name: str, num_classes: int, *, width: float, source: str) -> tuple[nn.Module, str]:
    """Return a model for images of 32 x 32 pixels, and the source of its definition.

    Parameters
    ----------
    name
        A name in `MODELS`, ``"efficientnet_lite0"`` to ``"efficientnet_lite4"``, or any of
        torchvision's or timm's for that source.
    num_classes
        Number of classes.
    width
        Multiple of the published number of channels; models of the libraries have width 1.
    source
        ``"own"``; ``"torchvision"`` or ``"timm"``, most of whose models are made for larger images
        and reduce small ones early; or ``"auto"``, torchvision for the names in `MODELS` if it is
        installed and the width is 1.

    Returns
    -------
    tuple
        The model, which returns logits of shape ``(n, num_classes)``, and its source.

    Raises
    ------
    ConfigError
        If the name, the width or the source is unknown.
    MissingDependencyError
        If the library is not installed.
    """
    one_of("source", source, SOURCES)
    if not width > 0:
        raise ConfigError(f"width must be above 0, got {width!r}")
    if source in ("torchvision", "timm"):
        if width != 1:
            raise ConfigError(f"width={width!r}: models of {source} have width 1; use source own")
        return published_network(name, num_classes, source), source
    if name.startswith("efficientnet_lite") and width == 1:
        return published_network(name, num_classes, "own"), "own"
    if name not in MODELS:
        raise ConfigError(
            f"model {name!r} is not one of {', '.join(MODELS)}; give --source timm or torchvision "
            "for theirs"
        )
    if source == "auto" and width == 1 and find_spec("torchvision"):
        return published_network(name, num_classes, "torchvision"), "torchvision"
    return MODELS[name](num_classes, width), "own"
