"""EfficientNet-Lite, the variant of EfficientNet for small processors.

EfficientNet (Tan and Le, ICML 2019) without squeeze-and-excitation, with ReLU6 in place of Swish,
as Google published it in 2020 in five sizes. TensorFlow's padding, so that the published weights
give the published answers.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

__all__ = ["LITE", "efficientnet_lite"]

LITE = {
    "efficientnet_lite0": (1.0, 1.0, 0.2),
    "efficientnet_lite1": (1.0, 1.1, 0.2),
    "efficientnet_lite2": (1.1, 1.2, 0.3),
    "efficientnet_lite3": (1.2, 1.4, 0.3),
    "efficientnet_lite4": (1.4, 1.8, 0.3),
}
"""Multiples of channels and of blocks, and dropout, of each network."""

# Expansion, kernel side, channels, blocks and stride of each stage.
_STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
_STEM, _HEAD = 32, 1280


def efficientnet_lite(name: str, num_classes: int) -> nn.Module:
    """Return a network of `LITE`, with random weights.

    Parameters
    ----------
    name
        Such as ``"efficientnet_lite0"``.
    num_classes
        Number of classes.

    Returns
    -------
    torch.nn.Module
        Returns logits of shape ``(n, num_classes)`` for images of shape ``(n, 3, height, width)``,
        which it expects on a scale from -1 to 1.
    """
    width, depth, drop_out = LITE[name]
    layers = _conv(3, _STEM, 3, 2)
    inside = _STEM
    for stage, (expansion, side, channels, blocks, stride) in enumerate(_STAGES):
        outside = _rounded(channels * width)
        # The first and the last stage are not repeated.
        is_inner = 0 < stage < len(_STAGES) - 1
        for number in range(math.ceil(blocks * depth) if is_inner else blocks):
            layers.append(_Inverted(inside, outside, expansion, side, 1 if number else stride))
            inside = outside
    return nn.Sequential(
        *layers,
        *_conv(inside, _HEAD, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(drop_out),
        nn.Linear(_HEAD, num_classes),
    )


def _rounded(channels: float) -> int:
    """Return a multiple of 8 that is at least nine tenths of a number of channels."""
    found = max(8, int(channels + 4) // 8 * 8)
    return found if found >= 0.9 * channels else found + 8


def _conv(
    inside: int, outside: int, side: int, stride: int = 1, groups: int = 1, *, active: bool = True
) -> list[nn.Module]:
    layers = [
        _SameConv2d(inside, outside, side, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outside, eps=1e-3, momentum=0.01),
    ]
    return [*layers, nn.ReLU6(inplace=True)] if active else layers


class _SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's padding: where it is uneven, more at the end."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        down, across = (self._padding(x.shape[i], i - 2) for i in (2, 3))
        return super().forward(functional.pad(x, (*across, *down)))

    def _padding(self, length: int, axis: int) -> tuple[int, int]:
        side, stride = self.kernel_size[axis], self.stride[axis]
        total = max((math.ceil(length / stride) - 1) * stride + side - length, 0)
        return total // 2, total - total // 2


class _Inverted(nn.Module):
    """Inverted residual: expand, depthwise convolution, project; shortcut if the shapes match."""

    def __init__(self, inside: int, outside: int, expansion: int, side: int, stride: int) -> None:
        super().__init__()
        inner = inside * expansion
        self._adds = stride == 1 and inside == outside
        self.layers = nn.Sequential(
            *(_conv(inside, inner, 1) if expansion > 1 else []),
            *_conv(inner, inner, side, stride, groups=inner),
            *_conv(inner, outside, 1, active=False),
        )

    def forward(self, x: torch.Tensor) -> Any:
        return x + self.layers(x) if self._adds else self.layers(x)
