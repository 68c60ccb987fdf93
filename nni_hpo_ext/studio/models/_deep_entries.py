"""What can be searched in deep models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.studio.models._cells import CELL_DEFAULTS, CELL_OPTIONS
from nni_hpo_ext.studio.models._entry import ModelEntry, Space, between, choice, log_range, whole

__all__ = ["AUGMENTATIONS", "DEEP"]

AUGMENTATIONS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "shift": {"shift": 0.1},
    "mirror": {"flip": True, "shift": 0.1, "crop": 0.1},
}
"""Random changes of training images, see `nni_hpo_ext.trial.data.augmentation`."""

_TRAINING: Space = {
    "learning_rate": log_range(3e-4, 1e-2),
    "batch_size": choice(16, 32, 64),
    "augment": choice(*AUGMENTATIONS),
    "policy": choice("fixed", "cosine", "step", "restarts"),
}
_TRAINED: Mapping[str, Any] = {
    "learning_rate": 2e-3, "batch_size": 32, "augment": "none", "policy": "cosine",
}  # fmt: skip

DEEP = (
    ModelEntry(
        "small_cnn",
        "Small convolutional network",
        "deep",
        "Learns its own features; some hundred images per class are enough.",
        "A minute on two cores for a thousand images.",
        {
            **_TRAINING,
            "width": choice(8, 16, 24, 32),
            "blocks": whole(2, 4),
            "drop_out": between(0.0, 0.5),
        },
        {**_TRAINED, "width": 16, "blocks": 3, "drop_out": 0.2},
        3,
    ),
    ModelEntry(
        "pretrained",
        "Pretrained network",
        "deep",
        "The best with few images: it has learned from a million others. Needs weights on this "
        "machine.",
        "A minute per epoch for a thousand images.",
        {
            "frozen": choice(1, 0),
            "learning_rate": log_range(1e-4, 1e-2),
            "batch_size": choice(16, 32, 64),
            "epochs": whole(1, 5),
            "augment": choice("none", "mirror"),
            "policy": choice("fixed", "cosine"),
        },
        {
            "frozen": 1,
            "learning_rate": 2e-3,
            "batch_size": 32,
            "epochs": 2,
            "augment": "none",
            "policy": "cosine",
        },
        7,
        is_pretrained=True,
    ),
    ModelEntry(
        "mobilenet",
        "MobileNet",
        "deep",
        "Small and fast where it is used; needs more images than the small network.",
        "Minutes.",
        {**_TRAINING, "width": choice(0.25, 0.5)},
        {**_TRAINED, "width": 0.25},
        8,
        least=32,
    ),
    ModelEntry(
        "resnet",
        "ResNet50",
        "deep",
        "Strong with thousands of images per class; starts from random weights here.",
        "Many minutes.",
        {**_TRAINING, "width": choice(0.125, 0.25)},
        {**_TRAINED, "width": 0.125},
        10,
        least=32,
    ),
    ModelEntry(
        "densenet",
        "DenseNet121",
        "deep",
        "Few weights for its depth; starts from random weights here.",
        "Many minutes.",
        {**_TRAINING, "width": choice(0.25, 0.5)},
        {**_TRAINED, "width": 0.25},
        11,
        least=32,
    ),
    ModelEntry(
        "alexnet",
        "AlexNet",
        "deep",
        "The network that made deep learning known; a reference to compare with.",
        "Minutes.",
        {**_TRAINING, "width": choice(0.125, 0.25, 0.5), "drop_out": between(0.0, 0.5)},
        {**_TRAINED, "width": 0.25, "drop_out": 0.5},
        12,
        least=32,
    ),
    ModelEntry(
        "inception",
        "Inception (GoogLeNet)",
        "deep",
        "Looks at several scales at once; starts from random weights here.",
        "Many minutes.",
        {**_TRAINING, "width": choice(0.125, 0.25, 0.5)},
        {**_TRAINED, "width": 0.25},
        13,
        least=32,
    ),
    ModelEntry(
        "rnn",
        "Recurrent network over rows",
        "deep",
        "Reads an image row by row; good on writing and signals, weak on photographs.",
        "A minute.",
        {**_TRAINING, "units": choice(32, 64, 128)},
        {**_TRAINED, "units": 64},
        9,
    ),
    ModelEntry(
        "cells",
        "Architecture search over blocks",
        "deep",
        "Builds a network for your images: two to four stages, each a plain, separable, residual, "
        "inverted bottleneck or pooling block. Needs some dozens of trials to pay off.",
        "About a minute per trial on two cores for a thousand images.",
        {**_TRAINING, **CELL_OPTIONS, "drop_out": between(0.0, 0.5)},
        {**_TRAINED, **CELL_DEFAULTS, "drop_out": 0.2},
        14,
    ),
)
