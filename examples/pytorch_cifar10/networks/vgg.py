"""VGG16 (Simonyan and Zisserman, 2015), with one dense layer instead of three."""

from __future__ import annotations

from torch import nn

from networks._blocks import conv_bn_relu, pooled_classifier, scaled

_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def vgg16(num_classes: int, width: float, *, batch_norm: bool) -> nn.Module:
    """Return VGG16 with or without batch normalisation."""
    layers: list[nn.Module] = []
    inside = 3
    for channels, depth in _STAGES:
        for _ in range(depth):
            outside = scaled(channels, width)
            layers += conv_bn_relu(inside, outside) if batch_norm else _plain(inside, outside)
            inside = outside
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *pooled_classifier(inside, num_classes))


def _plain(inside: int, outside: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inside, outside, 3, padding=1)
    # Without normalisation PyTorch's default initialisation fades the signal over 13 layers.
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(convolution.bias)
    return [convolution, nn.ReLU(inplace=True)]
