from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data import image_dataset, load_cifar10, load_digits, standardised
from nni_hpo_ext.trial.data._digits import resized
from nni_hpo_ext.trial.data._parts import stratified

FILES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def write_batch(file: Path, rows: int, **changed: Any) -> None:
    generator = np.random.default_rng(rows)
    batch = {
        b"data": generator.integers(0, 256, (rows, 3072), dtype=np.uint8),
        b"labels": [int(label) for label in generator.integers(0, 10, rows)],
    }
    batch.update({key.encode(): value for key, value in changed.items()})
    file.write_bytes(pickle.dumps(batch, protocol=2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "cifar-10-batches-py"
    root.mkdir()
    for number, name in enumerate(FILES):
        write_batch(root / name, 3 + number)
    return root


def test_cifar10_reads_batches_of_any_size(folder: Path) -> None:
    data = load_cifar10(folder)
    assert data.x_train.shape == (21, 32, 32, 3)
    assert data.x_val.shape == (4, 32, 32, 3)
    assert data.x_test.shape == (8, 32, 32, 3)
    assert data.x_train.dtype == np.dtype(np.float32)
    assert data.y_train.dtype == np.dtype(np.int64)
    assert data.image_shape == (32, 32, 3)


def test_cifar10_is_validated_on_training_images(folder: Path) -> None:
    """The search must not see the test part."""
    write_batch(folder / "test_batch", 1, labels=[9])
    for number in range(1, 6):
        write_batch(folder / f"data_batch_{number}", 4, labels=[0, 1, 2, 3])
    data = load_cifar10(folder)
    assert data.y_test.tolist() == [9]
    assert set(data.y_val) | set(data.y_train) == {0, 1, 2, 3}


def test_cifar10_can_be_limited(folder: Path) -> None:
    for number in range(1, 6):
        write_batch(folder / f"data_batch_{number}", 4, labels=[0, 1, 2, 3])
    write_batch(folder / "test_batch", 3, labels=[0, 1, 2])
    data = load_cifar10(folder, max_train=6, max_val=1, max_classes=2)
    assert (len(data.y_train), len(data.y_val), data.num_classes) == (6, 1, 2)
    assert set(data.y_train) == {0, 1}
    assert data.y_test.tolist() == [0, 1]


def test_cifar10_puts_channels_last(folder: Path) -> None:
    row = np.zeros((2, 3072), dtype=np.uint8)
    row[1, :1024] = 255  # the second image is red
    write_batch(folder / "test_batch", 2, data=row)
    data = load_cifar10(folder)
    difference = data.x_test[1] - data.x_test[0]
    assert (difference[..., 0] > 0).all()
    assert (difference[..., 1:] == 0).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"no pickle", "damaged"),
        (pickle.dumps([1, 2]), "is not a CIFAR-10 batch"),
        (pickle.dumps(os.getcwd), "names posix.getcwd"),
    ],
)
def test_a_damaged_file_is_named(folder: Path, content: bytes, message: str) -> None:
    (folder / "data_batch_2").write_bytes(content)
    with pytest.raises(DataError, match=rf"data_batch_2.*{message}"):
        load_cifar10(folder)


def test_a_truncated_file_is_named(folder: Path) -> None:
    file = folder / "test_batch"
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(DataError, match=r"test_batch is damaged"):
        load_cifar10(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": [1]},
        {"labels": [1, 2, 10]},
        {"labels": "abc"},
        {"data": [1, 2, 3]},
        {"data": np.zeros((3, 3071), dtype=np.uint8)},
        {"data": np.zeros((3, 3072))},
    ],
)
def test_a_batch_of_the_wrong_content_is_refused(folder: Path, changed: dict[str, Any]) -> None:
    write_batch(folder / "data_batch_1", 3, **changed)
    with pytest.raises(DataError, match="data_batch_1"):
        load_cifar10(folder)


def test_a_missing_file_or_folder_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "data_batch_4").unlink()
    with pytest.raises(DataError, match="data_batch_4 is missing"):
        load_cifar10(folder)
    with pytest.raises(DataError, match="absent does not exist"):
        image_dataset("cifar10", str(tmp_path / "absent"))


def test_newer_pickles_of_arrays_are_read_too(folder: Path) -> None:
    batch = {b"data": np.zeros((2, 3072), dtype=np.uint8), b"labels": [0, 1]}
    (folder / "test_batch").write_bytes(pickle.dumps(batch, protocol=5))
    assert len(load_cifar10(folder).y_test) == 2


def test_digits_are_split_the_same_way_every_time() -> None:
    first, second = load_digits(), load_digits()
    assert first.x_train.shape == (1258, 8, 8, 1)
    assert (len(first.x_val), len(first.x_test)) == (270, 269)
    assert len(load_digits(max_classes=3).y_train) < 400
    assert load_digits(max_classes=50).num_classes == 10
    np.testing.assert_array_equal(first.y_val, second.y_val)
    assert set(first.y_val) == set(range(10))


def test_digits_are_scaled_to_the_asked_size() -> None:
    data = load_digits(size=32, channels=3)
    assert data.image_shape == (32, 32, 3)
    np.testing.assert_array_equal(data.x_train[..., 0], data.x_train[..., 2])
    assert "32" in data.note


def test_resizing_keeps_constant_images_and_the_original_size() -> None:
    images = np.random.default_rng(0).random((2, 8, 8))
    np.testing.assert_allclose(resized(images, 8), images)
    np.testing.assert_allclose(resized(np.ones((1, 8, 8)), 21), 1.0)


def test_standardising_uses_the_training_part_and_survives_a_constant_channel() -> None:
    train = np.zeros((4, 2, 2, 2), dtype=np.uint8)
    train[:2, ..., 0] = 10
    scaled, val = standardised(train, train[:1])
    np.testing.assert_allclose(scaled[..., 0].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(val[..., 0], 1)
    assert not scaled[..., 1].any()


def test_cifar10_is_found_through_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_HPO_DATA", str(folder.parent))
    assert image_dataset("cifar10", max_val=3).name == "cifar10"


def test_a_stand_in_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NNI_HPO_DATA", str(tmp_path))
    with caplog.at_level(logging.WARNING):
        data = image_dataset("cifar10", max_train=20, max_val=10)
    assert data.name == "digits (stand-in for cifar10)"
    assert (len(data.x_train), len(data.y_val)) == (20, 10)
    assert f"no CIFAR-10 found at {tmp_path}" in caplog.text
    assert "training on the embedded digits instead" in caplog.text


@pytest.mark.parametrize(
    ("name", "data_dir", "limit"),
    [("mnist", "", 0), ("digits", "somewhere", 0), ("digits", "", -1)],
)
def test_a_wrong_request_is_refused(name: str, data_dir: str, limit: int) -> None:
    with pytest.raises(ConfigError):
        image_dataset(name, data_dir, max_train=limit)


@given(
    labels=st.lists(st.integers(0, 4), min_size=12, max_size=120),
    shares=st.sampled_from([(0.7, 0.15, 0.15), (0.85, 0.15), (0.5, 0.5)]),
    seed=st.integers(0, 5),
)
def test_a_split_is_stratified(labels: list[int], shares: tuple[float, ...], seed: int) -> None:
    """Each row is in one part, and each part has its share of each class, up or down."""
    rows = np.array(labels)
    parts = stratified(rows, shares, seed)
    assert sorted(np.concatenate(parts)) == list(range(len(rows)))
    for part, share in zip(parts, shares, strict=True):
        for value in set(labels):
            assert abs((rows[part] == value).sum() - share * labels.count(value)) < 1 + 1e-6
        assert abs(len(part) - share * len(rows)) <= len(shares)


def test_a_rare_class_is_in_every_part_for_every_seed() -> None:
    labels = np.array([0] * 133 + [1] * 7)
    for seed in range(200):
        assert all(1 in labels[part] for part in stratified(labels, (0.7, 0.15, 0.15), seed))


def test_several_labels_are_split_by_the_rarest() -> None:
    labels = np.zeros((40, 3))
    labels[:, 0] = 1
    labels[:20, 1] = 1
    labels[:4, 2] = 1
    first, second = stratified(labels, (0.5, 0.5), 0)
    assert labels[first].sum(axis=0).tolist() == labels[second].sum(axis=0).tolist() == [20, 10, 2]


def test_too_few_examples_for_the_parts_are_refused() -> None:
    with pytest.raises(DataError, match="do not suffice for 3 parts"):
        stratified(np.array([0, 1]), (0.7, 0.15, 0.15), 0)
