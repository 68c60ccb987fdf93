"""The models of the studio: what each is good for, what it costs, and what can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nni_hpo_ext.errors import ConfigError

__all__ = [
    "AUGMENTATIONS",
    "FEATURES",
    "MODELS",
    "ModelEntry",
    "default_options",
    "feature_sets",
    "model_named",
]

Space = Mapping[str, Mapping[str, Any]]

FEATURES: Mapping[str, tuple[str, ...]] = {
    "pixels": ("pixels",),
    "histograms": ("gradients", "colours"),
    "patches": ("patches",),
    "everything": ("gradients", "colours", "patches"),
}
"""Features by the names in a search space; see `nni_hpo_ext.studio.predict.features`."""

AUGMENTATIONS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "shift": {"shift": 0.1},
    "mirror": {"flip": True, "shift": 0.1, "crop": 0.1},
}
"""Random changes of training images, see `nni_hpo_ext.trial.data.augmentation`."""

# Below this side, an image holds too few patches to learn from.
_PATCH_SIDE = 24


def _log(low: float, high: float) -> dict[str, Any]:
    return {"_type": "loguniform", "_value": [low, high]}


def _choice(*options: Any) -> dict[str, Any]:
    return {"_type": "choice", "_value": list(options)}


def _number(low: int, high: int) -> dict[str, Any]:
    return {"_type": "randint", "_value": [low, high + 1]}


def _between(low: float, high: float) -> dict[str, Any]:
    return {"_type": "uniform", "_value": [low, high]}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that a study can search.

    Attributes
    ----------
    name
        Name in the search space.
    title
        Name for people.
    kind
        ``"shallow"`` (on features, with scikit-learn) or ``"deep"`` (on pixels, with Keras).
    good_for, cost
        One sentence each.
    options
        What is searched, in NNI's form.
    defaults
        The configuration that is tried first.
    rank
        Place in the order in which the defaults are tried.
    least
        Smallest side of an image, in pixels.
    """

    name: str
    title: str
    kind: Literal["shallow", "deep"]
    good_for: str
    cost: str
    options: Space
    defaults: Mapping[str, Any]
    rank: int
    least: int = 8


_SHALLOW = (
    ModelEntry(
        "svm",
        "Support vector machine",
        "shallow",
        "Often the best with up to some thousand images.",
        "Seconds; the time grows with the square of the number of images.",
        {"C": _log(0.1, 100.0), "gamma": _log(0.03, 3.0), "mirror": _choice(0, 1)},
        {"C": 10.0, "gamma": 0.3, "mirror": 0},
        0,
    ),
    ModelEntry(
        "forest",
        "Random forest",
        "shallow",
        "Robust, hardly any setting matters; good on colours and textures.",
        "Seconds.",
        {
            "trees": _number(100, 400),
            "max_features": _log(0.02, 0.5),
            "min_samples_leaf": _number(1, 5),
        },
        {"trees": 300, "max_features": 0.08, "min_samples_leaf": 1},
        1,
    ),
    ModelEntry(
        "logistic",
        "Logistic regression",
        "shallow",
        "A baseline that is hard to fool; its weights are easy to explain.",
        "Seconds.",
        {"C": _log(1e-4, 10.0)},
        {"C": 0.003},
        2,
    ),
    ModelEntry(
        "boosting",
        "Gradient boosting",
        "shallow",
        "Strong where a few features decide. Works on 64 principal components.",
        "Ten seconds and more; grows with the number of classes.",
        {
            "learning_rate": _log(0.03, 0.3),
            "rounds": _number(50, 150),
            "leaves": _number(8, 31),
        },
        {"learning_rate": 0.1, "rounds": 80, "leaves": 15},
        5,
    ),
    ModelEntry(
        "knn",
        "k nearest neighbours",
        "shallow",
        "Answers with the most similar training images; needs a dense set.",
        "A second to train; answers get slower with every training image.",
        {
            "neighbours": _number(1, 25),
            "components": _choice(32, 64, 128),
            "weights": _choice("uniform", "distance"),
        },
        {"neighbours": 5, "components": 64, "weights": "distance"},
        4,
    ),
    ModelEntry(
        "bayes",
        "Gaussian naive Bayes",
        "shallow",
        "A baseline: each feature votes on its own.",
        "A second.",
        {"smoothing": _log(1e-9, 1e-1), "components": _choice(16, 32, 64, 128)},
        {"smoothing": 1e-3, "components": 64},
        6,
    ),
    ModelEntry(
        "tree",
        "Decision tree",
        "shallow",
        "A baseline that can be read: a list of yes-or-no questions.",
        "A second or two.",
        {"depth": _number(2, 20), "min_samples_leaf": _number(1, 20)},
        {"depth": 10, "min_samples_leaf": 5},
        7,
    ),
)

_TRAINING: Space = {
    "learning_rate": _log(3e-4, 1e-2),
    "batch_size": _choice(16, 32, 64),
    "augment": _choice(*AUGMENTATIONS),
    "policy": _choice("fixed", "cosine"),
}
_TRAINED: Mapping[str, Any] = {
    "learning_rate": 2e-3, "batch_size": 32, "augment": "none", "policy": "cosine",
}  # fmt: skip

_DEEP = (
    ModelEntry(
        "small_cnn",
        "Small convolutional network",
        "deep",
        "Learns its own features; some hundred images per class are enough.",
        "A minute on two cores for a thousand images.",
        {
            **_TRAINING,
            "width": _choice(8, 16, 24, 32),
            "blocks": _number(2, 4),
            "drop_out": _between(0.0, 0.5),
        },
        {**_TRAINED, "width": 16, "blocks": 3, "drop_out": 0.2},
        3,
    ),
    ModelEntry(
        "mobilenet",
        "MobileNet",
        "deep",
        "Small and fast where it is used; needs more images than the small network.",
        "Minutes.",
        {**_TRAINING, "width": _choice(0.25, 0.5)},
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
        {**_TRAINING, "width": _choice(0.125, 0.25)},
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
        {**_TRAINING, "width": _choice(0.25, 0.5)},
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
        {**_TRAINING, "width": _choice(0.125, 0.25, 0.5), "drop_out": _between(0.0, 0.5)},
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
        {**_TRAINING, "width": _choice(0.125, 0.25, 0.5)},
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
        {**_TRAINING, "units": _choice(32, 64, 128)},
        {**_TRAINED, "units": 64},
        9,
    ),
)

MODELS: Mapping[str, ModelEntry] = {entry.name: entry for entry in (*_SHALLOW, *_DEEP)}
"""The models by name."""


def model_named(name: str) -> ModelEntry:
    """Return a model by its name.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if name not in MODELS:
        raise ConfigError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    return MODELS[name]


def feature_sets(entry: ModelEntry, size: int) -> Sequence[str]:
    """Return the names of the features from which a shallow model may choose; deep ones none.

    The first is tried first.
    """
    if entry.kind == "deep":
        return ()
    if size < _PATCH_SIDE:
        return ("histograms", "pixels")
    if entry.name in ("bayes", "tree", "knn", "boosting"):
        return ("histograms", "everything")
    return ("histograms", "everything", "patches")


def default_options(entry: ModelEntry, size: int) -> dict[str, Any]:
    """Return the configuration of a model that is tried first."""
    sets = feature_sets(entry, size)
    return {**({"features": sets[0]} if sets else {}), **entry.defaults}
