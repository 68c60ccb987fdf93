"""List the image files of a data set, in whichever layout its folder has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_hpo_ext.trial.data._files import Files
from nni_hpo_ext.trial.data._folder import folder_files
from nni_hpo_ext.trial.data._kaggle import kaggle_files
from nni_hpo_ext.trial.data._sources import Source

__all__ = ["listed_files"]


def listed_files(
    source: Source, folder: Path, options: Mapping[str, Any], channels: int
) -> tuple[tuple[Files, Files, Files], int]:
    """List the image files of a folder: Kaggle's layout, or one folder per class.

    Parameters
    ----------
    source
        The data set.
    folder
        Its folder.
    options
        ``max_train``, ``max_val``, ``max_classes`` and ``split_seed``; see `image_streams`.
    channels
        Channels of an image. Of images with a file per channel, the first ones are used.

    Returns
    -------
    tuple
        Training, validation and test files, and the number of classes or labels.

    Raises
    ------
    DataError
        If a folder or a file is missing or malformed.
    """
    seed = options["split_seed"]
    how = {"seed": seed, "max_classes": options["max_classes"]}
    if source.kaggle and (source.kaggle.num_labels or (folder / source.kaggle.csv).is_file()):
        layout = replace(source.kaggle, parts=source.kaggle.parts[:channels])
        (train, validation, test), classes = kaggle_files(folder, layout, **how)
    else:
        (train, validation, test), classes = folder_files(folder, **how)
    train = train.sample(options["max_train"], seed)
    validation = validation.sample(options["max_val"], seed)
    return (train, validation, test), classes
