"""Random changes of batches of training images ``(n, c, h, w)``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch.nn import functional

__all__ = ["cut_out", "flipped", "mixed", "rand_augmented", "shifted"]

_PADDING = 4
_Operation: TypeAlias = Callable[[Any, Any], Any]


def shifted(images: Any, generator: Any = None) -> Any:
    """Shift each image by -4 to 4 pixels, padded with zeros."""
    n, _, height, width = images.shape
    padded = functional.pad(images, (_PADDING,) * 4)
    top = torch.randint(2 * _PADDING + 1, (n, 1, 1), generator=generator)
    left = torch.randint(2 * _PADDING + 1, (n, 1, 1), generator=generator)
    rows = (top + torch.arange(height)[:, None]).expand(n, height, width)
    columns = (left + torch.arange(width)).expand(n, height, width)
    picked = padded[torch.arange(n)[:, None, None], :, rows, columns]
    return picked.permute(0, 3, 1, 2).contiguous()


def flipped(images: Any, generator: Any = None) -> Any:
    """Mirror each image with probability 0.5."""
    mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def cut_out(images: Any, side: int, generator: Any = None) -> Any:
    """Blank a square around a random pixel of each image (DeVries and Taylor, 2017)."""
    n, _, height, width = images.shape
    top = torch.randint(height, (n, 1), generator=generator) - side // 2
    left = torch.randint(width, (n, 1), generator=generator) - side // 2
    rows, columns = torch.arange(height), torch.arange(width)
    inside = ((rows >= top) & (rows < top + side))[:, :, None]
    inside = inside & ((columns >= left) & (columns < left + side))[:, None, :]
    return images.masked_fill(inside[:, None], 0.0)


def mixed(images: Any, alpha: float, generator: Any = None) -> tuple[Any, Any, float]:
    """Mix each image with another one of the batch (mixup; Zhang et al., 2018).

    Returns
    -------
    tuple
        The images, the row of each one's partner, and the share of the partner, below 0.5, drawn
        from Beta(`alpha`, `alpha`).
    """
    order = torch.randperm(len(images), generator=generator)
    draws = torch._standard_gamma(torch.full((2,), alpha), generator=generator)
    share = float((draws / draws.sum().clamp_min(1e-12)).min())
    return torch.lerp(images, images[order], share), order, share


def rand_augmented(images: Any, count: int, magnitude: float, generator: Any = None) -> Any:
    """Apply `count` random operations of strength `magnitude` to each image (RandAugment).

    The operations are those of Cubuk et al. (2020) that suit any scale of the pixels; posterise
    and equalise need bytes.
    """
    for _ in range(count):
        n = len(images)
        chosen = torch.randint(len(_OPERATIONS), (n,), generator=generator)
        signs = 2.0 * torch.randint(2, (n,), generator=generator) - 1
        result = images.clone()
        for number, operation in enumerate(_OPERATIONS):
            rows = (chosen == number).nonzero()[:, 0]
            if len(rows):
                result[rows] = operation(images[rows], magnitude * signs[rows])
        images = result
    return images


def _affine(entry: Callable[[Any], dict[tuple[int, int], Any]]) -> _Operation:
    """Return an operation that moves pixels; `entry` gives the entries of its matrix."""

    def moved(images: Any, strength: Any) -> Any:
        matrix = torch.eye(2, 3).repeat(len(images), 1, 1)
        for (row, column), value in entry(strength).items():
            matrix[:, row, column] = value
        grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
        return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)

    return moved


def _rotation(strength: Any) -> dict[tuple[int, int], Any]:
    angle = strength * math.radians(30)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return {(0, 0): cosine, (0, 1): -sine, (1, 0): sine, (1, 1): cosine}


def _blended(other: Callable[[Any], Any]) -> _Operation:
    """Return an operation that moves each image away from `other` of it, or towards it."""

    def blended(images: Any, strength: Any) -> Any:
        base = other(images)
        return base + (images - base) * (1 + 0.9 * strength)[:, None, None, None]

    return blended


def _range(images: Any) -> tuple[Any, Any]:
    """Return the smallest and the largest value of each image."""
    return images.amin((1, 2, 3), keepdim=True), images.amax((1, 2, 3), keepdim=True)


def _solarised(images: Any, strength: Any) -> Any:
    """Invert the brightest pixels: more of them, the larger the strength."""
    low, high = _range(images)
    threshold = high - (high - low) * strength.abs()[:, None, None, None]
    return torch.where(images > threshold, low + high - images, images)


def _stretched(images: Any, strength: Any) -> Any:
    """Stretch each channel to the range of the image."""
    low, high = _range(images)
    bottom, top = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    share = (images - bottom) / (top - bottom).clamp_min(1e-6)
    return low + (high - low) * share


def _brightened(images: Any, strength: Any) -> Any:
    low, high = _range(images)
    return images + 0.5 * (high - low) * strength[:, None, None, None]


_OPERATIONS: tuple[_Operation, ...] = (
    lambda images, strength: images,
    _affine(_rotation),
    _affine(lambda strength: {(0, 1): 0.3 * strength}),  # shear
    _affine(lambda strength: {(1, 0): 0.3 * strength}),
    _affine(lambda strength: {(0, 2): 0.6 * strength}),  # shift, in halves of the side
    _affine(lambda strength: {(1, 2): 0.6 * strength}),
    _brightened,
    _blended(lambda images: images.mean((1, 2, 3), keepdim=True)),  # contrast
    _blended(lambda images: images.mean(1, keepdim=True)),  # saturation
    _blended(lambda images: functional.avg_pool2d(images, 3, 1, 1, count_include_pad=False)),
    _solarised,
    _stretched,
)
