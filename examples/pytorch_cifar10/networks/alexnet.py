"""AlexNet (Krizhevsky et al., 2012) for small images, with batch normalisation."""

from __future__ import annotations

from torch import nn

from networks._blocks import conv_bn_relu, scaled

# Channels and side of the kernels of each convolution; 0 is a pooling that halves the image.
_LAYERS = ((64, 5), (0, 0), (192, 5), (0, 0), (384, 3), (256, 3), (256, 3), (0, 0))
_SIDE = 4  # of the features that the dense layers see
_DENSE = 4096


def alexnet(num_classes: int, width: float) -> nn.Module:
    """Return AlexNet in one column, with the kernels of the first layers for 32 x 32 pixels."""
    layers: list[nn.Module] = []
    inside = 3
    for channels, side in _LAYERS:
        if channels:
            layers += conv_bn_relu(inside, scaled(channels, width), side)
            inside = scaled(channels, width)
        else:
            layers.append(nn.MaxPool2d(2))
    layers += [nn.AdaptiveAvgPool2d(_SIDE), nn.Flatten()]
    features, units = inside * _SIDE**2, scaled(_DENSE, width)
    for entering in (features, units):
        layers += [nn.Dropout(0.5), nn.Linear(entering, units), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(units, num_classes))
