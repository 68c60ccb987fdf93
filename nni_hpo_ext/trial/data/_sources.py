"""Image data sets by name, and their folders. A new one is an entry of `SOURCES`."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._kaggle import KaggleLayout

__all__ = ["SOURCES", "Source", "shared_folder", "source_of"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Published image data set.

    Attributes
    ----------
    title
        Name in messages.
    folder
        Folder in ``$NNI_HPO_DATA``.
    kaggle
        Layout on Kaggle, if the data set is from a competition.

    Examples
    --------
    >>> SOURCES["plant_leaves"]
    Source(title='plant leaves', folder='plant_leaves', kaggle=None)
    """

    title: str
    folder: str
    kaggle: KaggleLayout | None = None


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "cifar10": Source("CIFAR-10", "cifar-10-batches-py"),
        "plant_leaves": Source("plant leaves", "plant_leaves"),
        "imagenet": Source("ImageNet", "imagenet"),
        "dog_breeds": Source(
            "dog breeds", "dog_breeds", KaggleLayout("labels.csv", "train", "id", "breed")
        ),
        "human_protein": Source(
            "human protein atlas",
            "human_protein",
            KaggleLayout(
                "train.csv",
                "train",
                "Id",
                "Target",
                parts=("_red", "_green", "_blue", "_yellow"),
                num_labels=28,
            ),
        ),
        "blindness": Source(
            "blindness detection",
            "blindness",
            KaggleLayout("train.csv", "train_images", "id_code", "diagnosis"),
        ),
    }
)


def source_of(name: str) -> Source:
    """Return the source with this name.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if name not in SOURCES:
        raise ConfigError(f"unknown dataset {name!r}; use digits, {', '.join(SOURCES)}")
    return SOURCES[name]


def shared_folder(title: str, inside: str, stand_in: str = "the embedded digits") -> Path | None:
    """Return a folder in ``$NNI_HPO_DATA``, or None, with a warning, if it does not exist."""
    root = os.environ.get("NNI_HPO_DATA", "")
    folder = Path(root) / inside
    if root and folder.is_dir():
        return folder
    _logger.warning(
        "no %s found at %s: training on %s instead (give --data-dir to train on %s)",
        title,
        folder if root else "$NNI_HPO_DATA (not set)",
        stand_in,
        title,
    )
    return None
