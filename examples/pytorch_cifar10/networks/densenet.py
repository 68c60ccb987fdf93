"""DenseNet121 (Huang et al., 2017), with the stem for small images."""

from __future__ import annotations

import torch
from torch import nn

from networks._blocks import pooled_classifier, scaled

_DEPTHS = (6, 12, 24, 16)


class Dense(nn.Module):
    """Dense layer: concatenates its input and the channels computed from it."""

    def __init__(self, inside: int, growth: int) -> None:
        super().__init__()
        inner = growth * 4
        self.layers = nn.Sequential(*_norm_conv(inside, inner, 1), *_norm_conv(inner, growth, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.layers(x)], dim=1)


def densenet121(num_classes: int, width: float) -> nn.Module:
    """Return DenseNet121."""
    growth = scaled(32, width)
    inside = growth * 2
    layers: list[nn.Module] = [nn.Conv2d(3, inside, 3, padding=1, bias=False)]
    for stage, depth in enumerate(_DEPTHS):
        if stage:
            layers += [*_norm_conv(inside, inside // 2, 1), nn.AvgPool2d(2)]
            inside //= 2
        for _ in range(depth):
            layers.append(Dense(inside, growth))
            inside += growth
    layers += [nn.BatchNorm2d(inside), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, *pooled_classifier(inside, num_classes))


def _norm_conv(inside: int, outside: int, side: int) -> list[nn.Module]:
    return [
        nn.BatchNorm2d(inside),
        nn.ReLU(inplace=True),
        nn.Conv2d(inside, outside, side, padding=side // 2, bias=False),
    ]
