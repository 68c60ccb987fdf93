"""ShuffleNet V2 x1.0 (Ma et al., 2018), with the stem for small images."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from networks._blocks import conv_bn, conv_bn_relu, pooled_classifier, scaled

_STAGES = ((116, 4), (232, 8), (464, 4))


class Shuffle(nn.Module):
    """ShuffleNet unit: compute on half of the channels (on all with stride 2), then shuffle."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        branch = outside // 2
        entering = inside if stride == 2 else branch
        self.main = nn.Sequential(
            *conv_bn_relu(entering, branch, 1),
            *conv_bn(branch, branch, 3, stride, groups=branch),
            *conv_bn_relu(branch, branch, 1),
        )
        self.side = nn.Sequential(
            *conv_bn(inside, inside, 3, stride, groups=inside), *conv_bn_relu(inside, branch, 1)
        )
        if stride == 1:
            self.side = nn.Sequential()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, right = (x, x) if self.stride == 2 else x.chunk(2, dim=1)
        joined = torch.cat([self.side(left), self.main(right)], dim=1)
        return functional.channel_shuffle(joined, 2)


def shufflenet_v2_x1_0(num_classes: int, width: float) -> nn.Module:
    """Return ShuffleNet V2 x1.0."""
    inside = scaled(24, width)
    layers = conv_bn_relu(3, inside)
    for channels, depth in _STAGES:
        outside = scaled(channels, width)
        for number in range(depth):
            layers.append(Shuffle(inside, outside, stride=1 if number else 2))
            inside = outside
    last = scaled(1024, width)
    return nn.Sequential(
        *layers, *conv_bn_relu(inside, last, 1), *pooled_classifier(last, num_classes)
    )
