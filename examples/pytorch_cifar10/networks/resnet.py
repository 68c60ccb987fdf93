"""ResNet (He et al., 2016) and ResNeXt (Xie et al., 2017), with the stem for small images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from networks._blocks import conv_bn, conv_bn_relu, pooled_classifier, scaled


class Residual(nn.Module):
    """Residual block, with a projection in the shortcut if the shapes differ."""

    def __init__(self, layers: list[nn.Module], inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        same = inside == outside and stride == 1
        self.shortcut = nn.Sequential(*([] if same else conv_bn(inside, outside, 1, stride)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.layers(x) + self.shortcut(x))


def basic(inside: int, channels: int, stride: int) -> tuple[nn.Module, int]:
    """Return a block of two convolutions and its number of output channels."""
    layers = [*conv_bn_relu(inside, channels, 3, stride), *conv_bn(channels, channels)]
    return Residual(layers, inside, channels, stride), channels


def bottleneck(inside: int, channels: int, stride: int) -> tuple[nn.Module, int]:
    """Return a bottleneck block and its number of output channels, four times `channels`."""
    layers = [
        *conv_bn_relu(inside, channels, 1),
        *conv_bn_relu(channels, channels, 3, stride),
        *conv_bn(channels, channels * 4, 1),
    ]
    return Residual(layers, inside, channels * 4, stride), channels * 4


def grouped(inside: int, channels: int, stride: int) -> tuple[nn.Module, int]:
    """Return a ResNeXt block: a bottleneck twice as wide, in up to 32 groups."""
    inner = channels * 2
    layers = [
        *conv_bn_relu(inside, inner, 1),
        *conv_bn_relu(inner, inner, 3, stride, groups=min(32, inner // 4)),
        *conv_bn(inner, channels * 4, 1),
    ]
    return Residual(layers, inside, channels * 4, stride), channels * 4


def resnet(
    block: Callable[[int, int, int], tuple[nn.Module, int]],
    depths: tuple[int, ...],
    num_classes: int,
    width: float,
) -> nn.Module:
    """Return a residual network with `depths` blocks in its stages."""
    channels = scaled(64, width)
    layers = conv_bn_relu(3, channels)
    inside = channels
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 2 if stage and number == 0 else 1
            module, inside = block(inside, channels * 2**stage, stride)
            layers.append(module)
    return nn.Sequential(*layers, *pooled_classifier(inside, num_classes))
