"""SqueezeNet 1.1 (Iandola et al., 2016), with batch normalisation and the stem for small images."""

from __future__ import annotations

import torch
from torch import nn

from networks._blocks import conv_bn_relu, pooled_classifier, scaled

# Squeezed channels of each fire module; 0 is a pooling that halves the image.
_FIRES = (16, 16, 0, 32, 32, 0, 48, 48, 64, 64)


class Fire(nn.Module):
    """Fire module: squeeze to few channels, expand with 1 x 1 and 3 x 3 kernels."""

    def __init__(self, inside: int, squeezed: int) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(*conv_bn_relu(inside, squeezed, 1))
        self.small = nn.Sequential(*conv_bn_relu(squeezed, squeezed * 4, 1))
        self.large = nn.Sequential(*conv_bn_relu(squeezed, squeezed * 4, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.squeeze(x)
        return torch.cat([self.small(x), self.large(x)], dim=1)


def squeezenet1_1(num_classes: int, width: float) -> nn.Module:
    """Return SqueezeNet 1.1."""
    inside = scaled(64, width)
    layers: list[nn.Module] = [*conv_bn_relu(3, inside), nn.MaxPool2d(2)]
    for channels in _FIRES:
        if channels:
            squeezed = scaled(channels, width)
            layers.append(Fire(inside, squeezed))
            inside = squeezed * 8
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Dropout(0.5), *pooled_classifier(inside, num_classes))
