"""PyTorch batches of a data set in memory, with the usual augmentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from nni_hpo_ext.arguments import fraction, whole_number
from nni_hpo_ext.trial.data import Dataset
from nni_hpo_ext.trial.torch._augment import cut_out, flipped, rand_augmented, shifted

__all__ = ["Images", "Shuffled", "loaders"]


class Images(torch.utils.data.Dataset[Any]):
    """Data set of images and labels that fetches and augments a whole batch at once.

    A row number is that of an image plus its epoch times the number of images, as `Shuffled` draws
    them: the augmentation depends on the seed, the epoch and the batch only, whichever process
    prepares the batch.

    Parameters
    ----------
    x
        Images, float32 of shape ``(n, height, width, channels)``: an array, or an object that
        returns an array for a list of row numbers, such as those of `image_dataset` in files.
    y
        Class numbers, int64 of shape ``(n,)``.
    augment
        Whether to shift each image by up to 4 pixels and mirror half of them, as usual for
        CIFAR-10.
    cutout
        Side of the square blanked in each image (DeVries and Taylor, 2017); 0 for none.
    rand_augment, magnitude
        Number of random operations on each image (RandAugment; Cubuk et al., 2020), and their
        strength from 0 to 1.
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
        self,
        x: Any,
        y: Any,
        *,
        augment: bool = False,
        cutout: int = 0,
        rand_augment: int = 0,
        magnitude: float = 0.3,
        seed: int = 0,
    ) -> None:
        self._x = _channels_first(x) if isinstance(x, np.ndarray) else x
        self._y = torch.from_numpy(y)
        self._augment = augment
        self._cutout = whole_number("cutout", cutout, 0)
        self._operations = whole_number("rand_augment", rand_augment, 0)
        self._magnitude = fraction("magnitude", magnitude)
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
        if not torch.is_tensor(images):
            images = _channels_first(images)
        if self._augment or self._cutout or self._operations:
            generator = torch.Generator().manual_seed(hash((self._seed, rows[0])) % 2**63)
            if self._augment:
                images = flipped(shifted(images, generator), generator)
            if self._operations:
                images = rand_augmented(images, self._operations, self._magnitude, generator)
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


def loaders(
    data: Dataset,
    batch_size: int,
    *,
    augment: bool,
    cutout: int,
    num_workers: int,
    seed: int,
    rand_augment: int = 0,
    magnitude: float = 0.3,
) -> tuple[Any, Any, Any]:
    """Return the loaders of the training, the validation and the test part.

    Where there is a GPU, they put the batches into pinned memory, from which a copy to the GPU does
    not hold up Python.

    Parameters
    ----------
    data
        Images and class numbers.
    batch_size
        Images per batch, at least 1.
    augment, cutout, rand_augment, magnitude
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
    whole_number("batch_size", batch_size, 1)
    whole_number("num_workers", num_workers, 0)
    train = Images(
        data.x_train,
        data.y_train,
        augment=augment,
        cutout=cutout,
        rand_augment=rand_augment,
        magnitude=magnitude,
        seed=seed,
    )
    shared = {"collate_fn": _as_fetched, "pin_memory": torch.cuda.is_available()}
    training = DataLoader(
        train,
        batch_size=min(batch_size, len(train)),
        sampler=Shuffled(len(train), seed),
        drop_last=True,
        num_workers=num_workers,
        persistent_workers=num_workers > 0,
        **shared,
    )
    validation, test = (
        DataLoader(Images(x, y), batch_size=batch_size, **shared)
        for x, y in ((data.x_val, data.y_val), (data.x_test, data.y_test))
    )
    return training, validation, test


def _channels_first(images: Any) -> Any:
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


def _as_fetched(batch: Any) -> Any:
    return batch
