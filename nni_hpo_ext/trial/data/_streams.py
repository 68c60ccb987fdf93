"""Images as ``tf.data`` pipelines, whatever they are stored in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.trial.data._arrays import Dataset
from nni_hpo_ext.trial.data._files import Files, fits_in_memory, scaled_to
from nni_hpo_ext.trial.data._tfds import open_prepared
from nni_hpo_ext.trial.data._tfrecords import check_records, record_count, record_stream

_BUFFER = 4096  # images among which one is drawn, where they come in a fixed order


@dataclass(frozen=True, eq=False)
class Streams:
    """Training and validation examples, one at a time.

    Attributes
    ----------
    name : str
        What the data really is, for reports.
    shape : tuple of int
        Shape of an example: height, width and channels of an image.
    num_classes : int
        Number of classes, or of labels where an example may have several.
    train_size : int
        Number of training examples.
    train, validation : tf.data.Dataset
        (example, label) pairs; `train` in another order in each epoch.
    note : str
        Where the data came from.
    multi_label : bool
        Labels are vectors of 0 and 1 instead of class numbers.
    check : callable
        Reads everything again and raises `DataError` with the name of a damaged file.
    """

    name: str
    shape: tuple[int, ...]
    num_classes: int
    train_size: int
    train: Any
    validation: Any
    note: str
    multi_label: bool = False
    check: Callable[[], None] = lambda: None

    def steps_per_epoch(self, batch_size: int) -> int:
        """Return how many full batches the training part gives."""
        return max(1, self.train_size // batch_size)

    def training(self, batch_size: int, *, endless: bool = False) -> Any:
        """Return full batches of the training part; never larger than it."""
        examples = self.train.repeat() if endless else self.train
        size = min(batch_size, self.train_size)
        return examples.batch(size, drop_remainder=True).prefetch(2)

    def validating(self, batch_size: int = 256) -> Any:
        """Return batches of the validation part."""
        return self.validation.batch(batch_size).prefetch(2)


def array_streams(data: Dataset, seed: int) -> Streams:
    """Stream a data set that is in memory; the seed is that of the shuffling."""
    import tensorflow as tf

    size = len(data.y_train)
    x, y = tf.constant(data.x_train), tf.constant(data.y_train)
    # Row numbers are shuffled, because a buffer of examples would hold all of them once more.
    rows = tf.data.Dataset.range(size).shuffle(size, seed=seed)
    return Streams(
        name=data.name,
        shape=data.x_train.shape[1:],
        num_classes=data.num_classes,
        train_size=size,
        train=rows.map(lambda row: (x[row], y[row])),
        validation=tf.data.Dataset.from_tensor_slices((data.x_val, data.y_val)),
        note=data.note,
        multi_label=data.y_train.ndim == 2,
    )


def file_streams(
    name: str,
    train: Files,
    validation: Files,
    num_classes: int,
    size: int,
    channels: int,
    seed: int,
) -> Streams:
    """Stream image files; see `Files.pixels`."""

    def check() -> None:
        train.check()
        validation.check()

    return Streams(
        name=name,
        shape=(size, size, channels),
        num_classes=num_classes,
        train_size=len(train),
        train=_scaled(train.pixels(size, channels, seed)),
        validation=_scaled(validation.pixels(size, channels)),
        note=f"{name}: {len(train)} training, {len(validation)} validation images",
        multi_label=train.labels.ndim == 2,
        check=check,
    )


def shard_streams(
    name: str,
    train: list[str],
    validation: list[str],
    num_classes: int,
    size: int,
    seed: int,
    limits: tuple[int, int],
) -> Streams:
    """Stream TFRecord shards; see `record_stream`."""
    counts = [record_count(train), record_count(validation)]
    counts = [min(n, most or n) for n, most in zip(counts, limits, strict=True)]
    pixels = record_stream(train, size, 3, most=limits[0], shuffle_seed=seed)
    return Streams(
        name=name,
        shape=(size, size, 3),
        num_classes=num_classes,
        train_size=counts[0],
        train=_scaled(pixels),
        validation=_scaled(record_stream(validation, size, 3, most=limits[1])),
        note=f"{name}: {counts[0]} training, {counts[1]} validation records",
        check=lambda: check_records([*train, *validation], num_classes),
    )


def prepared_streams(
    name: str, directory: Path, size: int, seed: int, limits: tuple[int, int]
) -> Streams:
    """Stream a data set that TensorFlow Datasets has prepared; see `open_prepared`."""
    import tensorflow as tf

    builder, num_classes, *splits = open_prepared(directory)
    counts = [builder.info.splits[split].num_examples for split in splits]
    counts = [min(n, most or n) for n, most in zip(counts, limits, strict=True)]

    def pixels(split: str, count: int) -> Any:
        examples = builder.as_dataset(split=split, shuffle_files=False)
        return examples.take(count).map(
            lambda example: (scaled_to(example["image"], size, 3), example["label"]),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    train, validation = (pixels(*pair) for pair in zip(splits, counts, strict=True))
    if fits_in_memory(sum(counts), size, 3):
        train, validation = train.cache(), validation.cache()
    return Streams(
        name=name,
        shape=(size, size, 3),
        num_classes=num_classes,
        train_size=counts[0],
        train=_scaled(train.shuffle(min(counts[0], _BUFFER), seed=seed)),
        validation=_scaled(validation),
        note=f"{name}: {counts[0]} training, {counts[1]} validation images of {directory}",
    )


def _scaled(pixels: Any) -> Any:
    """Bring bytes to -1..1."""
    import tensorflow as tf

    def scale(image: Any, label: Any) -> tuple[Any, Any]:
        return tf.cast(image, tf.float32) / 127.5 - 1.0, label

    return pixels.map(scale, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
