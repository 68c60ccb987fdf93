"""Images of any shape are brought into one frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._frame import FITS, Frame

tf = pytest.importorskip("tensorflow")

# A white square in the middle of a wide black image.
WIDE = np.zeros((20, 60, 3), np.uint8)
WIDE[5:15, 25:35] = 255


def white(fit: str, height: int = 40, width: int = 40) -> tuple[int, int]:
    """Return height and width of the white part in a frame."""
    image = Frame(height, width, fit=fit).scaled(tf.constant(WIDE)).numpy()[..., 0] > 128
    assert image.shape == (height, width)
    return int(image.any(axis=1).sum()), int(image.any(axis=0).sum())


@pytest.mark.parametrize(
    ("fit", "expected"), [("stretch", (20, 7)), ("crop", (20, 20)), ("pad", (7, 7))]
)
def test_a_square_stays_square_unless_the_image_is_stretched(
    fit: str, expected: tuple[int, int]
) -> None:
    assert white(fit) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("fit", FITS)
def test_an_image_of_the_right_shape_only_changes_its_size(fit: str) -> None:
    assert white(fit, 40, 120) == pytest.approx((20, 20), abs=1)


@pytest.mark.parametrize("fit", FITS)
def test_an_encoded_image_of_any_size_gets_the_shape_of_the_frame(fit: str) -> None:
    def decoded(pixels: Any) -> Any:
        return Frame(8, 6, 1, fit).decoded(tf.io.encode_png(pixels))

    for shape in ((1, 30, 3), (30, 1, 3), (7, 9, 3)):
        image = decoded(np.full(shape, 200, np.uint8))
        assert (image.shape, image.dtype) == ((8, 6, 1), tf.uint8)
        assert int(tf.reduce_max(image)) == 200


def test_an_unknown_fit_is_named() -> None:
    with pytest.raises(ConfigError, match="fit must be one of 'stretch', 'crop', 'pad'"):
        Frame(8, 8, fit="shrink")
