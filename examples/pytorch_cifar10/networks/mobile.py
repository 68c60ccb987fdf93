"""MobileNetV2 (Sandler et al., 2018) and MNASNet 1.0 (Tan et al., 2019), for small images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from networks._blocks import conv_bn, conv_bn_relu, pooled_classifier, scaled

# Expansion, channels, blocks, stride and kernel side of each stage. Two early strides are 1
# instead of the published 2, which suits images seven times as large.
_MOBILENET = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 1, 3),
    (6, 32, 3, 2, 3),
    (6, 64, 4, 2, 3),
    (6, 96, 3, 1, 3),
    (6, 160, 3, 2, 3),
    (6, 320, 1, 1, 3),
)
_MNASNET = (
    (1, 16, 1, 1, 3),
    (3, 24, 3, 1, 3),
    (3, 40, 3, 2, 5),
    (6, 80, 3, 2, 5),
    (6, 96, 2, 1, 3),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


class Inverted(nn.Module):
    """Inverted residual: expand, depthwise convolution, project; shortcut if the shapes match."""

    def __init__(self, inside: int, outside: int, expansion: int, stride: int, side: int) -> None:
        super().__init__()
        inner = inside * expansion
        self.adds = stride == 1 and inside == outside
        self.layers = nn.Sequential(
            *(conv_bn_relu(inside, inner, 1) if expansion > 1 else []),
            *conv_bn_relu(inner, inner, side, stride, groups=inner),
            *conv_bn(inner, outside, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.adds else self.layers(x)


def mobilenet_v2(num_classes: int, width: float) -> nn.Module:
    """Return MobileNetV2."""
    return _network(_MOBILENET, num_classes, width, drop_out=0.2)


def mnasnet1_0(num_classes: int, width: float) -> nn.Module:
    """Return MNASNet 1.0."""
    return _network(_MNASNET, num_classes, width, drop_out=0.2)


def _network(
    stages: Sequence[tuple[int, int, int, int, int]],
    num_classes: int,
    width: float,
    drop_out: float,
) -> nn.Module:
    inside = scaled(32, width)
    layers = conv_bn_relu(3, inside)
    for expansion, channels, depth, stride, side in stages:
        outside = scaled(channels, width)
        for number in range(depth):
            step = 1 if number else stride
            layers.append(Inverted(inside, outside, expansion, step, side))
            inside = outside
    last = scaled(1280, width)
    return nn.Sequential(
        *layers,
        *conv_bn_relu(inside, last, 1),
        nn.Dropout(drop_out),
        *pooled_classifier(last, num_classes),
    )
