"""PyTorch batches of a data set in memory, with the usual augmentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data import Dataset

__all__ = ["Images", "Shuffled", "cut_out", "flipped", "loaders", "shifted"]

_PADDING = 4


class Images(torch.utils.data.Dataset[Any]):
    """Data set of images and labels that fetches and augments a whole batch at once.

    A row number is that of an image plus its epoch times the number of images, as `Shuffled` draws
    them: the augmentation depends on the seed, the epoch and the batch only, whichever process
    prepares the batch.

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
    seed
        Seed of the augmentation.

    Examples
    --------
    >>> import numpy as np
    >>> images = Images(np.zeros((5, 8, 8, 3), np.float32), np.arange(5), cutout=4)
    >>> image, label = images[2]
    >>> image.shape, int(label)
    (torch.Size([3, 8, 8]), 2)
    """

    def __init__(
        self, x: Any, y: Any, *, augment: bool = False, cutout: int = 0, seed: int = 0
    ) -> None:
        self._x = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
        self._y = torch.from_numpy(y)
        self._augment = augment
        self._cutout = cutout
        self._seed = seed

    @property
    def labels(self) -> Any:
        """Class numbers of all images."""
        return self._y

    def __len__(self) -> int:
        return len(self._y)

    def __getitem__(self, row: int) -> tuple[Any, Any]:
        images, labels = self.__getitems__([row])
        return images[0], labels[0]

    def __getitems__(self, rows: list[int]) -> tuple[Any, Any]:
        """Return the images and labels of several rows, for PyTorch's data loaders."""
        drawn = [row % len(self) for row in rows]
        images = self._x[drawn]
        if self._augment or self._cutout:
            generator = torch.Generator().manual_seed(hash((self._seed, rows[0])) % 2**63)
            if self._augment:
                images = flipped(shifted(images, generator), generator)
            if self._cutout:
                images = cut_out(images, self._cutout, generator)
        return images, self._y[drawn]


class Shuffled(torch.utils.data.Sampler[int]):
    """Sampler that draws rows in another order in each epoch.

    Parameters
    ----------
    count
        Number of rows.
    seed
        Seed of the orders.

    Examples
    --------
    >>> rows = Shuffled(4, seed=0)
    >>> rows.epoch = 2
    >>> sorted(rows)
    [8, 9, 10, 11]
    """

    def __init__(self, count: int, seed: int) -> None:
        self.epoch = 0
        self._count = count
        self._seed = seed

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(hash((self._seed, self.epoch)) % 2**63)
        order = torch.randperm(self._count, generator=generator) + self.epoch * self._count
        return iter(order.tolist())


def shifted(images: Any, generator: Any = None) -> Any:
    """Shift each image of a batch ``(n, c, h, w)`` by -4 to 4 pixels, padded with zeros."""
    n, _, height, width = images.shape
    padded = functional.pad(images, (_PADDING,) * 4)
    top = torch.randint(2 * _PADDING + 1, (n, 1, 1), generator=generator)
    left = torch.randint(2 * _PADDING + 1, (n, 1, 1), generator=generator)
    rows = (top + torch.arange(height)[:, None]).expand(n, height, width)
    columns = (left + torch.arange(width)).expand(n, height, width)
    picked = padded[torch.arange(n)[:, None, None], :, rows, columns]
    return picked.permute(0, 3, 1, 2).contiguous()


def flipped(images: Any, generator: Any = None) -> Any:
    """Mirror each image of a batch ``(n, c, h, w)`` with probability 0.5."""
    mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def cut_out(images: Any, side: int, generator: Any = None) -> Any:
    """Blank a square around a random pixel of each image of a batch ``(n, c, h, w)``."""
    n, _, height, width = images.shape
    top = torch.randint(height, (n, 1), generator=generator) - side // 2
    left = torch.randint(width, (n, 1), generator=generator) - side // 2
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
        Seed of the shuffling and the augmentation.

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
    train = Images(data.x_train, data.y_train, augment=augment, cutout=cutout, seed=seed)
    shared = {"collate_fn": _as_fetched, "persistent_workers": num_workers > 0}
    training = DataLoader(
        train,
        batch_size=min(batch_size, len(train)),
        sampler=Shuffled(len(train), seed),
        drop_last=True,
        num_workers=num_workers,
        **shared,
    )
    validation, test = (
        DataLoader(Images(x, y), batch_size=batch_size, collate_fn=_as_fetched)
        for x, y in ((data.x_val, data.y_val), (data.x_test, data.y_test))
    )
    return training, validation, test


def _as_fetched(batch: Any) -> Any:
    return batch
