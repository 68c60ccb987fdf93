"""Changes of training images, and the steps of a training that can be resumed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data import AUGMENT_OPTIONS, _rand_augment, augmentation, image_streams
from nni_hpo_ext.trial.data._mixup import mixed

tf = pytest.importorskip("tensorflow")

IMAGES = tf.constant(np.random.default_rng(0).uniform(-1, 1, (64, 9, 9, 3)), tf.float32)


def changed(seed: int = 0, **options: Any) -> Any:
    function = augmentation(options)
    assert function is not None
    return function(IMAGES, tf.constant([seed, 7], tf.int64)).numpy()


def test_without_options_nothing_changes() -> None:
    assert augmentation(AUGMENT_OPTIONS) is None


@pytest.mark.parametrize(
    "options",
    [
        {"flip": True},
        {"shift": 0.3},
        {"crop": 0.5},
        {"rotation": 30.0},
        {"color": 0.4},
        {"rand_augment": 2},
    ],
)
def test_a_seed_determines_the_change(options: dict[str, Any]) -> None:
    first, again, other = changed(1, **options), changed(1, **options), changed(2, **options)
    np.testing.assert_array_equal(first, again)
    assert first.shape == IMAGES.shape
    assert np.abs(first - other).max() > 0.1
    assert np.abs(first - IMAGES).max() > 0.1


def test_a_flip_mirrors_about_half_of_the_images() -> None:
    result = changed(flip=True)
    same = np.isclose(result, IMAGES, atol=1e-4).all(axis=(1, 2, 3))
    mirrored = np.isclose(result, IMAGES[:, :, ::-1], atol=1e-4).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 16 < same.sum() < 48


def test_a_crop_shows_only_pixels_of_the_image() -> None:
    """It enlarges a part; nothing is made up at the border."""
    ramp = tf.tile(tf.linspace(0.0, 1.0, 9)[None, None, :, None], [64, 9, 1, 1])
    function = augmentation({"crop": 0.5})
    assert function is not None
    found = function(ramp, tf.constant([0, 0], tf.int64)).numpy()[:, 0, :, 0]
    spans = found[:, -1] - found[:, 0]
    assert (np.diff(found, axis=1) > 0).all()
    assert 0.4 < spans.min() < spans.max() <= 1.01


@pytest.mark.parametrize(
    "options", [{"shift": 2.0}, {"crop": -0.1}, {"rotation": -5.0}, {"rand_augment": -1}]
)
def test_an_option_out_of_range_is_named(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        augmentation(options)


def test_steps_from_the_middle_are_those_of_the_whole_training() -> None:
    options = {"max_train": 70, "rotation": 10.0}
    whole = list(image_streams("digits", options, size=8).steps(32, seed=3).take(7))
    # As in a new process: TensorFlow goes on drawing where an object has stopped.
    rest = list(image_streams("digits", options, size=8).steps(32, seed=3, start=5).take(2))
    for (x, y), (again, label) in zip(whole[5:], rest, strict=True):
        np.testing.assert_array_equal(x, again)
        np.testing.assert_array_equal(y, label)
    assert all(len(labels) == 32 for _, labels in whole)


def test_validation_is_not_augmented() -> None:
    plain = image_streams("digits", {"max_val": 8}, size=8)
    turned = image_streams("digits", {"max_val": 8, "rotation": 90.0}, size=8)
    np.testing.assert_array_equal(
        next(iter(plain.validating(8)))[0], next(iter(turned.validating(8)))[0]
    )


@pytest.mark.parametrize("operation", range(12))
def test_an_operation_of_randaugment_keeps_shape_and_stays_finite(
    operation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = (_rand_augment._OPERATIONS[operation],)
    monkeypatch.setattr(_rand_augment, "_OPERATIONS", only)
    result = changed(rand_augment=1, magnitude=0.5)
    assert result.shape == IMAGES.shape
    assert np.isfinite(result).all()
    assert np.array_equal(result, IMAGES) == (operation == 0)
    if operation != 11:  # without strength only stretching changes an image
        np.testing.assert_allclose(changed(rand_augment=1, magnitude=0.0), IMAGES, atol=1e-4)


def test_randaugment_applies_several_operations_to_each_image() -> None:
    once, twice = (
        np.abs(changed(rand_augment=count, magnitude=0.5) - IMAGES).max(axis=(1, 2, 3)) > 1e-3
        for count in (1, 3)
    )
    assert 0.75 < once.mean() < 1  # one operation of twelve changes nothing
    assert twice.mean() > once.mean()


def test_mixup_blends_examples_and_their_labels_alike() -> None:
    labels = tf.eye(64)
    images, blended = mixed(IMAGES, labels, 0.5, tf.constant([1, 2], tf.int64))
    weights = blended.numpy()
    share = weights[weights > 0].min()
    assert 0 < share <= 0.5
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    expected = np.tensordot(weights, IMAGES.numpy(), axes=1)
    np.testing.assert_allclose(images, expected, atol=1e-5)


def test_the_steps_of_a_training_with_mixup_have_blended_labels() -> None:
    data = image_streams("digits", {"max_train": 64, "mixup": 0.5}, size=8).one_hot()
    ((_, labels),) = data.steps(64, seed=3).take(1)
    assert ((labels.numpy() > 0).sum(axis=1) == 2).any()
    np.testing.assert_allclose(labels.numpy().sum(axis=1), 1, rtol=1e-6)
    assert (next(iter(data.validating(8)))[1].numpy().max(axis=1) == 1).all()
