"""Find images that occur more than once, exactly or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.studio.data._pictures import Picture

__all__ = ["NEAR", "duplicate_groups", "exact_groups", "near_pairs"]

NEAR = 3
"""Hashes of near duplicates differ in at most this many of their 64 bits."""

_BLOCK = 512
# Levels of 255 that compression and scaling may change a mean over 1/64 of the picture.
_BRIGHTNESS = 16
# A hash with few ones, or few zeros, belongs to an image that is nearly plain: they are all alike.
_PLAIN_BITS = 10


def exact_groups(pictures: Sequence[Picture]) -> list[list[int]]:
    """Return the numbers of the pictures with equal pixels, for each group of two or more."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        if picture.digest:
            groups[picture.digest].append(number)
    return [group for group in groups.values() if len(group) > 1]


def near_pairs(hashes: Sequence[str], most: int = NEAR) -> list[tuple[int, int]]:
    """Return the pairs of hashes that differ in at most ``most`` bits; empty hashes have none."""
    usable = [number for number, text in enumerate(hashes) if text and _is_telling(text)]
    codes = np.array([int(hashes[number], 16) for number in usable], dtype=np.uint64)
    pairs = []
    for start in range(0, len(codes), _BLOCK):
        differ = np.bitwise_count(codes[start : start + _BLOCK, None] ^ codes[None, start:])
        rows, columns = np.nonzero(differ <= most)
        kept = columns > rows
        pairs += [
            (usable[start + r], usable[start + c])
            for r, c in zip(rows[kept].tolist(), columns[kept].tolist(), strict=True)
        ]
    return pairs


def _is_telling(text: str) -> bool:
    ones = int(text, 16).bit_count()
    return _PLAIN_BITS <= ones <= 64 - _PLAIN_BITS


def duplicate_groups(pictures: Sequence[Picture]) -> NDArray[np.int64]:
    """Return a group number per picture; exact and near duplicates share one, also over others."""
    pairs = [(g[0], other) for g in exact_groups(pictures) for other in g[1:]]
    near = near_pairs([picture.hash for picture in pictures])
    pairs += [pair for pair in near if _alike(*(pictures[number] for number in pair))]
    return _connected(len(pictures), pairs)


def _alike(first: Picture, second: Picture) -> bool:
    """Return whether two pictures also have the same brightness everywhere.

    Drawings and digits share hashes without being copies.
    """
    values = (np.frombuffer(bytes.fromhex(p.tiny), np.uint8).astype(int) for p in (first, second))
    return int(np.abs(np.subtract(*values)).max()) <= _BRIGHTNESS


def _connected(n: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the number of the connected component of each of ``n`` nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
