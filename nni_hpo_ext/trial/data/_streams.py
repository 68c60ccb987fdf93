"""``tf.data`` pipelines of images in any storage format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nni_hpo_ext.trial.data._arrays import Dataset
from nni_hpo_ext.trial.data._files import Files
from nni_hpo_ext.trial.data._frame import Frame
from nni_hpo_ext.trial.data._mixup import mixed
from nni_hpo_ext.trial.data._tfds import open_prepared
from nni_hpo_ext.trial.data._tfrecords import check_records, record_count, record_stream

__all__ = ["Streams", "array_streams", "file_streams", "prepared_streams", "shard_streams"]

_BUFFER = 4096  # size of the shuffle buffer for images in a fixed order


@dataclass(frozen=True, eq=False)
class Streams:
    """Training, validation and test examples as ``tf.data`` pipelines.

    Attributes
    ----------
    name
        Name of the data actually used, for reports.
    shape
        Shape of an example: height, width and channels of an image.
    num_classes
        Number of classes, or of labels if an example may have several.
    train_size
        Number of training examples.
    train, validation, test
        ``tf.data.Dataset`` of (example, label) pairs; each epoch of `train` has a different order.
        The search uses the first two only.
    note
        Source of the data, for the log.
    multi_label
        Whether labels are vectors of 0 and 1 instead of class numbers.
    train_labels
        Labels of the training part, in any order; None if they are not known without reading it.
    augment
        Changes a batch of training images at random, with a seed of two integers; see
        `augmentation`.
    mixup
        Parameter of mixup's Beta distribution; 0 for none. Labels must be vectors, see `one_hot`.
    check
        Function that reads everything again and raises a `DataError` that names a damaged file.

    Examples
    --------
    >>> from nni_hpo_ext.trial.data import array_streams, load_digits
    >>> data = array_streams(load_digits(), seed=0)
    >>> data.shape, data.num_classes, data.steps_per_epoch(64)
    ((8, 8, 1), 10, 19)
    """

    name: str
    shape: tuple[int, ...]
    num_classes: int
    train_size: int
    train: Any
    validation: Any
    test: Any
    note: str
    multi_label: bool = False
    train_labels: NDArray[Any] | None = None
    augment: Callable[[Any, Any], Any] | None = None
    mixup: float = 0.0
    check: Callable[[], None] = lambda: None

    def steps_per_epoch(self, batch_size: int) -> int:
        """Return the number of full batches in the training part."""
        return max(1, self.train_size // batch_size)

    def one_hot(self) -> Streams:
        """Return the same examples, with vectors of 0 and 1 in place of class numbers."""
        import tensorflow as tf

        if self.multi_label:
            return self

        def encoded(example: Any, label: Any) -> tuple[Any, Any]:
            return example, tf.one_hot(label, self.num_classes)

        parts = (part.map(encoded) for part in (self.train, self.validation, self.test))
        train, validation, test = parts
        return replace(self, train=train, validation=validation, test=test)

    def training(self, batch_size: int) -> Any:
        """Return full batches of the training part, at most as large as the part, for one epoch."""
        size = min(batch_size, self.train_size)
        return self.train.batch(size, drop_remainder=True).prefetch(2)

    def steps(self, batch_size: int, seed: int, start: int = 0) -> Any:
        """Return endless, augmented batches of the training part, from a step on.

        The batch of a step depends on the seed and the number of the step only, so that a training
        can be resumed.

        Parameters
        ----------
        batch_size
            Examples per batch.
        seed
            Seed of the augmentation.
        start
            Number of the first step.
        """
        import tensorflow as tf

        batches = self.training(batch_size).repeat().skip(start)
        if self.augment is None and not self.mixup:
            return batches.prefetch(2)

        def changed(step: Any, example: tuple[Any, Any]) -> tuple[Any, Any]:
            images, labels = example
            at = tf.stack([tf.cast(seed, tf.int64), step])
            if self.augment:
                images = self.augment(images, at)
            return mixed(images, labels, self.mixup, at) if self.mixup else (images, labels)

        return batches.enumerate(start).map(changed).prefetch(2)

    def validating(self, batch_size: int) -> Any:
        """Return batches of the validation part."""
        return self.validation.batch(batch_size).prefetch(2)

    def testing(self, batch_size: int) -> Any:
        """Return batches of the test part."""
        return self.test.batch(batch_size).prefetch(2)


def array_streams(data: Dataset, seed: int) -> Streams:
    """Stream a data set in memory, shuffled with a seed.

    Examples
    --------
    >>> from nni_hpo_ext.trial.data import load_digits
    >>> data = array_streams(load_digits().limited(100, 50), seed=0)
    >>> [len(labels) for _, labels in data.training(batch_size=32)]
    [32, 32, 32]
    """
    import tensorflow as tf

    size = len(data.y_train)
    x, y = tf.constant(data.x_train), tf.constant(data.y_train)
    # Shuffling row numbers needs no buffer with a second copy of all examples.
    rows = tf.data.Dataset.range(size).shuffle(size, seed=seed)
    return Streams(
        name=data.name,
        shape=data.x_train.shape[1:],
        num_classes=data.num_classes,
        train_size=size,
        train=rows.map(lambda row: (x[row], y[row])),
        validation=tf.data.Dataset.from_tensor_slices((data.x_val, data.y_val)),
        test=tf.data.Dataset.from_tensor_slices((data.x_test, data.y_test)),
        note=data.note,
        multi_label=data.y_train.ndim == 2,
        train_labels=data.y_train,
    )


def file_streams(
    name: str,
    parts: tuple[Files, Files, Files],
    num_classes: int,
    frame: Frame,
    seed: int,
) -> Streams:
    """Stream image files; see `Files.pixels`."""
    train, validation, test = parts

    def check() -> None:
        for part in parts:
            part.check()

    return Streams(
        name=name,
        shape=frame.shape,
        num_classes=num_classes,
        train_size=len(train),
        train=_scaled(train.pixels(frame, seed)),
        validation=_scaled(validation.pixels(frame)),
        test=_scaled(test.pixels(frame)),
        note=f"{name}: {_sizes(*map(len, parts))} images",
        multi_label=train.labels.ndim == 2,
        train_labels=train.labels,
        check=check,
    )


def shard_streams(
    name: str,
    parts: tuple[list[str], list[str], list[str]],
    num_classes: int,
    frame: Frame,
    seed: int,
    limits: tuple[int, int],
) -> Streams:
    """Stream TFRecord shards; see `record_stream`."""
    limited = (*limits, 0)
    counts = [min(n, most or n) for n, most in zip(map(record_count, parts), limited, strict=True)]
    seeds = (seed, None, None)
    train, validation, test = (
        _scaled(record_stream(files, frame, most=most, shuffle_seed=shuffle))
        for files, most, shuffle in zip(parts, limited, seeds, strict=True)
    )
    return Streams(
        name=name,
        shape=frame.shape,
        num_classes=num_classes,
        train_size=counts[0],
        train=train,
        validation=validation,
        test=test,
        note=f"{name}: {_sizes(*counts)} records",
        check=lambda: check_records([file for files in parts for file in files], num_classes),
    )


def prepared_streams(
    name: str, directory: Path, frame: Frame, seed: int, limits: tuple[int, int]
) -> Streams:
    """Stream a data set prepared by TensorFlow Datasets; see `open_prepared`."""
    import tensorflow as tf

    builder, num_classes, *splits = open_prepared(directory)
    counts = [builder.info.splits[split].num_examples for split in splits]
    counts = [min(n, most or n) for n, most in zip(counts, (*limits, 0), strict=True)]

    def pixels(split: str, count: int) -> Any:
        examples = builder.as_dataset(split=split, shuffle_files=False)
        return examples.take(count).map(
            lambda example: (frame.scaled(example["image"]), example["label"]),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    train, validation, test = (pixels(*pair) for pair in zip(splits, counts, strict=True))
    if frame.fits_in_memory(counts[0] + counts[1]):
        train, validation = train.cache(), validation.cache()
    return Streams(
        name=name,
        shape=frame.shape,
        num_classes=num_classes,
        train_size=counts[0],
        train=_scaled(train.shuffle(min(counts[0], _BUFFER), seed=seed)),
        validation=_scaled(validation),
        test=_scaled(test),
        note=f"{name}: {_sizes(*counts)} images of {directory}",
    )


def _sizes(train: int, validation: int, test: int) -> str:
    return f"{train} training, {validation} validation, {test} test"


def _scaled(pixels: Any) -> Any:
    """Scale bytes to -1..1."""
    import tensorflow as tf

    def scale(image: Any, label: Any) -> tuple[Any, Any]:
        return tf.cast(image, tf.float32) / 127.5 - 1.0, label

    return pixels.map(scale, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
