"""Read ImageNet from TFRecord shards, as TensorFlow's conversion scripts write them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data._frame import Frame
from nni_hpo_ext.trial.data._parts import HELD_OUT_SHARE

__all__ = ["check_records", "record_count", "record_stream", "shard_parts"]

_HEADER = struct.Struct("<QI")  # length of the record, and its checksum
_FOOTER = 4  # checksum of the record
_BUFFER = 4096


def shards(folder: Path, part: str) -> list[str]:
    """Return the sorted shard files of a part, such as ``train-00000-of-00128``."""
    return sorted(str(path) for path in folder.glob(f"{part}-*-of-*") if path.is_file())


def shard_parts(folder: Path) -> tuple[list[str], list[str], list[str]] | None:
    """Return the shards ``train-*``, ``validation-*`` and ``test-*``, None without the first.

    Parts that are missing are the last 15 % each of the training shards, at least one.

    Raises
    ------
    DataError
        If there are fewer training shards than parts.
    """
    train, validation, test = (shards(folder, part) for part in ("train", "validation", "test"))
    if not train:
        return None
    held_out = max(1, round(len(train) * HELD_OUT_SHARE))
    if len(train) <= held_out * [validation, test].count([]):
        raise DataError(
            f"{folder} has {len(train)} shard(s) train-*, and validation-* or test-* are missing; "
            "write these, or more training shards"
        )
    if not test:
        train, test = train[:-held_out], train[-held_out:]
    if not validation:
        train, validation = train[:-held_out], train[-held_out:]
    return train, validation, test


def record_count(files: list[str]) -> int:
    """Return the number of records in the files, from their headers only.

    Raises
    ------
    DataError
        If a file cannot be read, or is truncated.
    """
    return sum(_count(Path(file)) for file in files)


def record_stream(
    files: list[str],
    frame: Frame,
    *,
    most: int = 0,
    shuffle_seed: int | None = None,
) -> Any:
    """Return a ``tf.data.Dataset`` of (uint8 image, class number from 0).

    The features are ``image/encoded`` and ``image/class/label``, with classes from 1. `most` limits
    the number of records; 0 means all. With a seed, the shards have a different order in each epoch
    (unless limited), and records are shuffled in a buffer of a few thousand.
    """
    import tensorflow as tf

    features = {
        "image/encoded": tf.io.FixedLenFeature((), tf.string),
        "image/class/label": tf.io.FixedLenFeature((), tf.int64),
    }

    def parse(record: Any) -> tuple[Any, Any]:
        fields = tf.io.parse_single_example(record, features)
        return frame.decoded(fields["image/encoded"]), fields["image/class/label"] - 1

    listed = tf.data.Dataset.from_tensor_slices(files)
    if shuffle_seed is not None and not most:
        listed = listed.shuffle(len(files), seed=shuffle_seed)
    records = listed.interleave(
        tf.data.TFRecordDataset,
        cycle_length=min(8, len(files)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    if most:
        records = records.take(most)
    if shuffle_seed is not None:
        records = records.shuffle(_BUFFER, seed=shuffle_seed)
    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def check_records(files: list[str], num_classes: int) -> None:
    """Read every record.

    Raises
    ------
    DataError
        If a record is damaged, or its class is out of range; the message names the file.
    """
    import tensorflow as tf

    for file in files:
        try:
            for _, label in record_stream([file], Frame(8, 8)):
                if not 0 <= int(label) < num_classes:
                    raise DataError(
                        f"{file} has class {int(label) + 1}, but there are {num_classes} classes"
                    )
        except tf.errors.OpError as error:
            reason = error.message.splitlines()[0]
            raise DataError(f"{file} is damaged ({reason}); write the shard again") from None


def _count(file: Path) -> int:
    count, position = 0, 0
    try:
        length = file.stat().st_size
        with file.open("rb") as stream:
            while position < length:
                stream.seek(position)
                header = stream.read(_HEADER.size)
                if len(header) < _HEADER.size:
                    raise DataError(f"{file} is truncated; write the shard again")
                position += _HEADER.size + _HEADER.unpack(header)[0] + _FOOTER
                count += 1
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    if position != length or not count:
        raise DataError(f"{file} is truncated; write the shard again")
    return count
