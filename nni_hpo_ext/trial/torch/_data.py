"""PyTorch batches of a data set in memory, with the usual augmentation."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data import Dataset

__all__ = ["Images", "cut_out", "flipped", "loaders", "shifted"]

_PADDING = 4


class Images(torch.utils.data.Dataset[Any]):
    """Data set of images and labels that fetches and augments a whole batch at once.

    Parameters
    ----------
    x
        Images, float32 of shape ``(n, height, width, channels)``.
    y
        Class numbers, int64 of shape ``(n,)``.
    augment
        Whether to shift each image by up to 4 pixels and mirror half of them, as usual for
        CIFAR-10.
    cutout
        Side of the square blanked in each image (DeVries and Taylor, 2017); 0 for none.

    Examples
    --------
    >>> import numpy as np
    >>> images = Images(np.zeros((5, 8, 8, 3), np.float32), np.arange(5), cutout=4)
    >>> image, label = images[2]
    >>> image.shape, int(label)
    (torch.Size([3, 8, 8]), 2)
    """

    def __init__(self, x: Any, y: Any, *, augment: bool = False, cutout: int = 0) -> None:
        self._x = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
        self._y = torch.from_numpy(y)
        self._augment = augment
        self._cutout = cutout

    def __len__(self) -> int:
        return len(self._y)

    def __getitem__(self, row: int) -> tuple[Any, Any]:
        images, labels = self.__getitems__([row])
        return images[0], labels[0]

    def __getitems__(self, rows: list[int]) -> tuple[Any, Any]:
        """Return the images and labels of several rows, for PyTorch's data loaders."""
        images = self._x[rows]
        if self._augment:
            images = flipped(shifted(images))
        if self._cutout:
            images = cut_out(images, self._cutout)
        return images, self._y[rows]


def shifted(images: Any) -> Any:
    """Shift each image of a batch ``(n, c, h, w)`` by -4 to 4 pixels, padded with zeros."""
    n, _, height, width = images.shape
    padded = functional.pad(images, (_PADDING,) * 4)
    top = torch.randint(2 * _PADDING + 1, (n, 1, 1))
    left = torch.randint(2 * _PADDING + 1, (n, 1, 1))
    rows = (top + torch.arange(height)[:, None]).expand(n, height, width)
    columns = (left + torch.arange(width)).expand(n, height, width)
    picked = padded[torch.arange(n)[:, None, None], :, rows, columns]
    return picked.permute(0, 3, 1, 2).contiguous()


def flipped(images: Any) -> Any:
    """Mirror each image of a batch ``(n, c, h, w)`` with probability 0.5."""
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def cut_out(images: Any, side: int) -> Any:
    """Blank a square around a random pixel of each image of a batch ``(n, c, h, w)``."""
    n, _, height, width = images.shape
    top = torch.randint(height, (n, 1)) - side // 2
    left = torch.randint(width, (n, 1)) - side // 2
    rows, columns = torch.arange(height), torch.arange(width)
    inside = ((rows >= top) & (rows < top + side))[:, :, None]
    inside = inside & ((columns >= left) & (columns < left + side))[:, None, :]
    return images.masked_fill(inside[:, None], 0.0)


def loaders(
    data: Dataset, batch_size: int, *, augment: bool, cutout: int, num_workers: int, seed: int
) -> tuple[Any, Any, Any]:
    """Return the loaders of the training, the validation and the test part.

    Parameters
    ----------
    data
        Images and class numbers.
    batch_size
        Images per batch, at least 1.
    augment, cutout
        See `Images`.
    num_workers
        Processes that prepare batches; 0 for none.
    seed
        Seed of the shuffling.

    Raises
    ------
    ConfigError
        If a number is out of range.

    Examples
    --------
    >>> from nni_hpo_ext.trial.data import load_digits
    >>> training, validation, test = loaders(
    ...     load_digits(), 64, augment=False, cutout=0, num_workers=0, seed=0
    ... )
    >>> len(training)
    19
    """
    if batch_size < 1 or cutout < 0 or num_workers < 0:
        raise ConfigError(
            f"batch_size must be at least 1, cutout and num_workers at least 0, got "
            f"{batch_size}, {cutout} and {num_workers}"
        )
    train = Images(data.x_train, data.y_train, augment=augment, cutout=cutout)
    shared = {"collate_fn": _as_fetched, "persistent_workers": num_workers > 0}
    training = DataLoader(
        train,
        batch_size=min(batch_size, len(train)),
        shuffle=True,
        drop_last=True,
        num_workers=num_workers,
        generator=torch.Generator().manual_seed(seed),
        **shared,
    )
    validation, test = (
        DataLoader(Images(x, y), batch_size=batch_size, collate_fn=_as_fetched)
        for x, y in ((data.x_val, data.y_val), (data.x_test, data.y_test))
    )
    return training, validation, test


def _as_fetched(batch: Any) -> Any:
    return batch
