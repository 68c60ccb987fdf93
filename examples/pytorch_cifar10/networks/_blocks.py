"""Layers shared by several networks."""

from __future__ import annotations

from torch import nn


def conv_bn_relu(
    inside: int, outside: int, side: int = 3, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """Return a padded convolution with batch normalisation and ReLU."""
    return [*conv_bn(inside, outside, side, stride, groups), nn.ReLU(inplace=True)]


def conv_bn(
    inside: int, outside: int, side: int = 3, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """Return a padded convolution with batch normalisation."""
    return [
        nn.Conv2d(inside, outside, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outside),
    ]


def pooled_classifier(features: int, num_classes: int) -> list[nn.Module]:
    """Return global average pooling and the last layer."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, num_classes)]


def scaled(channels: int, width: float) -> int:
    """Return a number of channels times the width, rounded to a multiple of 8 unless that is 1."""
    return channels if width == 1 else max(8, round(channels * width / 8) * 8)
