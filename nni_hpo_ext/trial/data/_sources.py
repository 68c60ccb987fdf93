"""The image sets that a trial can name, and where each is looked for."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._kaggle import KaggleLayout

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A published image set.

    Attributes
    ----------
    title : str
        Its name in messages.
    folder : str
        Where it is looked for within ``$NNI_HPO_DATA``.
    kaggle : KaggleLayout, optional
        Its layout on Kaggle, if it is a competition's.
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
    """Return the source of this name.

    Raises
    ------
    ConfigError
        There is none.
    """
    if name not in SOURCES:
        raise ConfigError(f"dataset {name!r} is not known; use digits, {', '.join(SOURCES)}")
    return SOURCES[name]


def shared_folder(title: str, inside: str, stand_in: str = "the embedded digits") -> Path | None:
    """Return a folder within ``$NNI_HPO_DATA``; None, with a warning, where it is not there."""
    root = os.environ.get("NNI_HPO_DATA", "")
    folder = Path(root) / inside
    if root and folder.is_dir():
        return folder
    _LOG.warning(
        "no %s found at %s: training on %s instead (give --data-dir to train on %s)",
        title,
        folder if root else "$NNI_HPO_DATA (not set)",
        stand_in,
        title,
    )
    return None
