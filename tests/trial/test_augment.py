"""Changes of training images, and the steps of a training that can be resumed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data import AUGMENT_OPTIONS, augmentation, image_streams

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
    [{"flip": True}, {"shift": 0.3}, {"crop": 0.5}, {"rotation": 30.0}, {"color": 0.4}],
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


@pytest.mark.parametrize("options", [{"shift": 2.0}, {"crop": -0.1}, {"rotation": -5.0}])
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
