"""Images in their publishers' layouts, written small."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.trial.data import image_streams

tf = pytest.importorskip("tensorflow")


def write_image(path: Path, value: int, channels: int = 3) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((6, 8, channels), value, dtype=np.uint8)
    encode = tf.io.encode_png if path.suffix == ".png" else tf.io.encode_jpeg
    path.write_bytes(encode(pixels).numpy())


def write_classes(folder: Path, classes: str, each: int, step: int = 60) -> None:
    for number, name in enumerate(classes):
        for index in range(each):
            write_image(folder / name / f"{index}.jpg", number * step + 20)


def pairs(stream: Any) -> list[tuple[int, float]]:
    """Return label and brightness (0..1) of each example, sorted."""
    return sorted((int(y), round(float(np.mean(x)) / 2 + 0.5, 2)) for x, y in stream)


@pytest.fixture
def split(tmp_path: Path) -> Path:
    write_classes(tmp_path / "train", "abc", 4)
    write_classes(tmp_path / "valid", "abc", 2)
    write_classes(tmp_path / "test", "abc", 1)
    return tmp_path


def opened(folder: Path, name: str = "plant_leaves", **options: Any) -> Any:
    return image_streams(name, {"data_dir": str(folder), **options}, size=5)


def test_a_folder_for_each_class_within_parts(split: Path) -> None:
    data = opened(split)
    assert (data.name, data.num_classes, data.shape) == ("plant_leaves", 3, (5, 5, 3))
    assert data.train_size == 12
    assert pairs(data.train) == sorted((c, round((60 * c + 20) / 255, 2)) for c in [0, 1, 2] * 4)
    assert [label for label, _ in pairs(data.validation)] == [0, 0, 1, 1, 2, 2]
    assert [label for label, _ in pairs(data.test)] == [0, 1, 2]


def test_batches_are_full_and_in_another_order_each_epoch(split: Path) -> None:
    data = opened(split)
    epochs = [[y.numpy().tolist() for _, y in data.training(5)] for _ in range(2)]
    again = [[y.numpy().tolist() for _, y in opened(split).training(5)] for _ in range(1)]
    assert [len(batch) for epoch in epochs for batch in epoch] == [5, 5, 5, 5]
    assert epochs[0] != epochs[1]
    assert epochs[0] == again[0]
    assert data.steps_per_epoch(5) == 2


def test_class_folders_without_parts_are_split_the_same_way_each_time(tmp_path: Path) -> None:
    write_classes(tmp_path, "ab", 20, step=100)
    first, second = (opened(tmp_path, split_seed=seed) for seed in (0, 0))
    assert first.train_size == 28
    assert pairs(first.validation) == pairs(second.validation)
    assert [label for label, _ in pairs(first.validation)] == [0] * 3 + [1] * 3
    assert [label for label, _ in pairs(first.test)] == [0] * 3 + [1] * 3


def test_a_missing_test_part_is_split_off_from_the_training_part(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", "ab", 20)
    write_classes(tmp_path / "val", "ab", 3)
    data = opened(tmp_path)
    assert (data.train_size, len(pairs(data.validation)), len(pairs(data.test))) == (34, 6, 6)


def test_limits_draw_from_all_classes_and_leave_classes_out(split: Path) -> None:
    data = opened(split, max_train=6, max_val=2, max_classes=2)
    assert (data.num_classes, data.train_size) == (2, 6)
    assert {label for label, _ in pairs(data.train)} == {0, 1}
    assert len(pairs(data.validation)) == 2


def test_a_damaged_or_vanished_file_is_named(split: Path) -> None:
    data = opened(split)
    data.check()
    bad = split / "train" / "b" / "2.jpg"
    bad.write_bytes(bad.read_bytes()[:40])
    with pytest.raises(DataError, match=r"b/2\.jpg cannot be read"):
        data.check()
    bad.unlink()
    with pytest.raises(DataError, match=r"b/2\.jpg"):
        data.check()


def test_training_on_a_damaged_file_names_it(split: Path) -> None:
    keras = pytest.importorskip("keras")
    from nni_hpo_ext.trial.keras import train

    (split / "train" / "c" / "1.jpg").write_bytes(b"no image")
    model = keras.Sequential(
        [keras.Input((5, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    )
    optimizer = keras.optimizers.SGD(0.1)
    with pytest.raises(DataError, match=r"c/1\.jpg"):
        train(model, opened(split), {}, optimizer=optimizer, batch_size=4, epochs=1)


def test_folders_that_make_no_data_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent does not exist"):
        opened(tmp_path / "absent")
    (tmp_path / "train" / "a").mkdir(parents=True)
    with pytest.raises(DataError, match="1 class folder"):
        opened(tmp_path)
    (tmp_path / "train" / "b").mkdir()
    with pytest.raises(DataError, match="train/a contains no image"):
        opened(tmp_path)
    with pytest.raises(ConfigError, match="unknown dataset"):
        opened(tmp_path, "cats")


def write_table(file: Path, header: str, rows: list[tuple[str, str]]) -> None:
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([header.split(","), *rows])


def test_kaggle_s_table_and_folder(tmp_path: Path) -> None:
    grades = ["10", "2", "0"] * 5
    write_table(
        tmp_path / "train.csv", "id_code,diagnosis", [(f"i{n}", g) for n, g in enumerate(grades)]
    )
    for number, grade in enumerate(grades):
        write_image(tmp_path / "train_images" / f"i{number}.png", int(grade) * 20)
    data = opened(tmp_path, "blindness")
    found = pairs(data.train) + pairs(data.validation) + pairs(data.test)
    assert (data.num_classes, len(found)) == (3, 15)
    assert set(found) == {(0, 0.0), (1, 0.16), (2, 0.78)}  # classes are in order of the grades


def test_an_image_that_the_table_names_must_be_there(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", "id_code,diagnosis", [("x", "0"), ("y", "1")])
    write_image(tmp_path / "train_images" / "x.png", 0)
    with pytest.raises(DataError, match=r"names 1 image.*first 'y'"):
        opened(tmp_path, "blindness")
    write_table(tmp_path / "train.csv", "id,diagnosis", [("x", "0")])
    with pytest.raises(DataError, match="no column 'id_code'"):
        opened(tmp_path, "blindness")


PARTS = ("red", "green", "blue", "yellow")


def write_proteins(folder: Path, targets: list[str]) -> None:
    write_table(folder / "train.csv", "Id,Target", [(f"p{n}", t) for n, t in enumerate(targets)])
    for number in range(len(targets)):
        for index, part in enumerate(PARTS):
            write_image(folder / "train" / f"p{number}_{part}.png", 10 * index, channels=1)


def test_images_of_several_files_and_labels(tmp_path: Path) -> None:
    write_proteins(tmp_path, ["16 0", "3", "0 27", "5", "1"])
    data = image_streams("human_protein", {"data_dir": str(tmp_path)}, size=5, channels=4)
    assert (data.num_classes, data.multi_label, data.shape) == (28, True, (5, 5, 4))
    examples = [*data.train, *data.validation, *data.test]
    labels = sorted(tuple(np.flatnonzero(y)) for _, y in examples)
    assert labels == [(0, 16), (0, 27), (1,), (3,), (5,)]
    channels = np.round((examples[0][0].numpy()[0, 0] + 1) * 127.5)
    np.testing.assert_array_equal(channels, [0, 10, 20, 30])


def test_a_label_out_of_range_is_named(tmp_path: Path) -> None:
    write_proteins(tmp_path, ["1", "28"])
    with pytest.raises(DataError, match=r"row 3: '28' is not a label from 0 to 27"):
        image_streams("human_protein", {"data_dir": str(tmp_path)}, size=5, channels=4)


def test_pairs_of_digits_stand_in_for_several_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNI_HPO_DATA", raising=False)
    options = {"max_train": 50, "max_val": 20}
    data = image_streams("human_protein", options, size=16, channels=4)
    assert data.name == "digit pairs (stand-in for human_protein)"
    labels = np.array([y for _, y in data.train])
    assert (data.num_classes, data.multi_label, labels.shape) == (28, True, (50, 28))
    # One digit is on the left, one or two are in the picture, and the sum has one remainder.
    assert (labels[:, 10:20].sum(axis=1) == 1).all()
    assert (labels[:, 20:].sum(axis=1) == 1).all()
    assert (labels[:, :10] >= labels[:, 10:20]).all()


def write_shard(file: Path, labels: list[int]) -> None:
    def example(label: int) -> bytes:
        image = tf.io.encode_jpeg(np.full((6, 6, 3), 40 * label, dtype=np.uint8)).numpy()
        features = {
            "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
            "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
        }
        return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()

    with tf.io.TFRecordWriter(str(file)) as writer:
        for label in labels:
            writer.write(example(label))


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    write_shard(tmp_path / "train-00000-of-00002", [1, 2, 3])
    write_shard(tmp_path / "train-00001-of-00002", [3, 1])
    write_shard(tmp_path / "validation-00000-of-00001", [2, 1])
    write_shard(tmp_path / "test-00000-of-00001", [3])
    return tmp_path


def test_shards_of_records_are_read_and_counted(shards: Path) -> None:
    data = opened(shards, "imagenet", max_classes=3)
    assert (data.num_classes, data.train_size) == (3, 5)
    assert pairs(data.train) == [(0, 0.16), (0, 0.16), (1, 0.31), (2, 0.47), (2, 0.47)]
    assert (len(list(data.validation)), len(list(data.test))) == (2, 1)
    limited = opened(shards, "imagenet", max_classes=3, max_train=2)
    assert limited.train_size == len(list(limited.train)) == 2


def test_missing_shards_are_the_last_training_shards(shards: Path) -> None:
    (shards / "test-00000-of-00001").unlink()
    data = opened(shards, "imagenet", max_classes=3)
    assert (data.train_size, [label for label, _ in pairs(data.test)]) == (3, [0, 2])
    (shards / "validation-00000-of-00001").unlink()
    with pytest.raises(DataError, match=r"2 shard\(s\) train-\*, and validation-\* or test-\*"):
        opened(shards, "imagenet")


def test_a_damaged_shard_is_named(shards: Path) -> None:
    data = opened(shards, "imagenet", max_classes=2)
    with pytest.raises(DataError, match="train-00000-of-00002 has class 3"):
        data.check()
    file = shards / "train-00001-of-00002"
    content = file.read_bytes()
    file.write_bytes(content[:60] + b"?" + content[61:])
    with pytest.raises(DataError, match="train-00001-of-00002 is damaged"):
        opened(shards, "imagenet", max_classes=3).check()
    file.write_bytes(content[:-10])
    with pytest.raises(DataError, match="train-00001-of-00002 is truncated"):
        opened(shards, "imagenet")


def test_a_directory_that_tfds_prepared(tmp_path: Path) -> None:
    (tmp_path / "1.0.0").mkdir()
    (tmp_path / "1.0.0" / "dataset_info.json").write_text("{}")
    try:
        import tensorflow_datasets  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependencyError, match="pip install tensorflow-datasets"):
            opened(tmp_path)
    else:
        with pytest.raises(DataError, match=r"1\.0\.0 is not a prepared data set"):
            opened(tmp_path)


def test_a_real_directory_that_tfds_prepared(tmp_path: Path) -> None:
    tfds = pytest.importorskip(
        "tensorflow_datasets", reason="tensorflow-datasets is not installed (extra tfds)"
    )
    numbers = np.arange(10)
    images = np.repeat(50 * (numbers % 3), 6 * 6 * 3).reshape(10, 6, 6, 3).astype(np.uint8)
    builder = tfds.dataset_builders.store_as_tfds_dataset(
        name="leaves",
        version="0.1.1",
        data_dir=str(tmp_path),
        split_datasets={
            "train": tf.data.Dataset.from_tensor_slices({"image": images, "label": numbers % 3})
        },
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(6, 6, 3)),
                "label": tfds.features.ClassLabel(num_classes=3),
            }
        ),
        disable_shuffling=True,
    )
    data = opened(Path(builder.data_dir).parent)
    assert (data.num_classes, data.train_size, len(list(data.validation))) == (3, 7, 2)
    assert len(list(data.test)) == 1
    assert set(pairs(data.train)) <= {(0, 0.0), (1, 0.2), (2, 0.39)}


def test_the_sides_of_an_image_may_differ(tmp_path: Path) -> None:
    write_classes(tmp_path, "ab", 4)
    data = image_streams("plant_leaves", {"data_dir": str(tmp_path)}, size=(4, 6))
    assert data.shape == (4, 6, 3)
    assert next(iter(data.train))[0].shape == (4, 6, 3)
    digits = image_streams("digits", {"max_train": 10}, size=(8, 12))
    assert next(iter(digits.train))[0].shape == (8, 12, 3)


def test_images_with_a_file_per_channel_may_use_the_first_channels(tmp_path: Path) -> None:
    write_proteins(tmp_path, ["16 0", "3", "0 27", "5", "1"])
    data = image_streams("human_protein", {"data_dir": str(tmp_path)}, size=5, channels=3)
    pixel = np.round((next(iter(data.train))[0].numpy()[0, 0] + 1) * 127.5)
    np.testing.assert_array_equal(pixel, [0, 10, 20])
