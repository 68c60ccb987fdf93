"""Synthetic functions over mixed spaces, drawn at random within families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["FUNCTIONS", "Problem"]


@dataclass(frozen=True)
class Problem:
    """A search space in NNI's format, and a loss of the points of its unit cube.

    Attributes
    ----------
    name
        The family and a number.
    definition
        The search space.
    loss
        Maps a point ``(d,)`` to the loss without noise.
    noise
        Standard deviation of the noise of a trial.
    """

    name: str
    definition: dict[str, Any]
    loss: Callable[[FloatArray], float]
    noise: float = 0.0

    @cached_property
    def space(self) -> SearchSpace:
        """The parsed search space."""
        return SearchSpace(self.definition)


def _space(
    rng: np.random.Generator, *, options: int, ordered: int, whole: int, real: int
) -> dict[str, Any]:
    """Draw a search space with so many parameters of each type, in random order."""
    specs: list[Any] = []
    for _ in range(options):
        n = int(rng.integers(2, 7))
        specs.append({"_type": "choice", "_value": [f"option {i}" for i in range(n)]})
    for _ in range(ordered):
        values = [2**i for i in range(int(rng.integers(3, 8)))]
        specs.append({"_type": "choice", "_value": values})
    for _ in range(whole):
        specs.append({"_type": "randint", "_value": [1, int(rng.choice([5, 17, 200]))]})
    for i in range(real):
        low = 10.0 ** -float(rng.integers(2, 6))
        log = {"_type": "loguniform", "_value": [low, 1.0]}
        specs.append(log if i % 2 else {"_type": "uniform", "_value": [0.0, 1.0]})
    return {f"p{i}": specs[k] for i, k in enumerate(rng.permutation(len(specs)))}


def _counts(definition: dict[str, Any]) -> list[int]:
    """Return the number of options of each parameter, 0 for one with an order."""
    values = [spec["_value"] for spec in definition.values()]
    return [len(v) if isinstance(v[0], str) else 0 for v in values]


def _cell(u: float, n: int) -> int:
    """Return the index of the option at a coordinate."""
    return min(int(u * n), n - 1)


def _bowl(rng: np.random.Generator, definition: dict[str, Any]) -> Callable[[FloatArray], float]:
    """Return a sum of effects of falling weight; an option also moves the optimum of a number.

    Losses are at least 0, where all parameters are best, and at most about 1.
    """
    counts = _counts(definition)
    d = len(counts)
    weights = np.exp(-rng.permutation(d) / rng.uniform(1.5, d / 2.0))
    weights /= weights.sum()
    centres = rng.uniform(0.1, 0.9, d)
    powers = rng.choice([1.0, 2.0], d, p=[0.3, 0.7])
    effects = [rng.random(n) if n else np.zeros(1) for n in counts]
    effects = [e - e.min() for e in effects]
    movers = [i for i, n in enumerate(counts) if n]
    by = rng.choice(movers, d) if movers else np.zeros(d, dtype=int)
    moves = [rng.uniform(-0.15, 0.15, max(counts[k], 1)) for k in by]

    def loss(u: FloatArray) -> float:
        total = 0.0
        for i, n in enumerate(counts):
            if n:
                total += weights[i] * effects[i][_cell(u[i], n)]
                continue
            k = by[i]
            at = centres[i]
            if counts[k]:
                at = at + moves[i][_cell(u[k], counts[k])]
            furthest = max(at, 1.0 - at)
            total += weights[i] * (abs(u[i] - at) / furthest) ** powers[i]
        return float(total)

    return loss


def _choices(number: int) -> Problem:
    """Take options and ordered choices only, with interactions of pairs."""
    rng = np.random.default_rng([1, number])
    definition = _space(
        rng, options=int(rng.integers(3, 8)), ordered=int(rng.integers(0, 4)), whole=0, real=0
    )
    bowl = _bowl(rng, definition)
    d = len(definition)
    pairs = [rng.choice(d, 2, replace=False) for _ in range(d // 2)]
    tables = [0.15 * rng.standard_normal((7, 7)) for _ in pairs]

    def loss(u: FloatArray) -> float:
        cells = np.minimum((u * 7).astype(int), 6)
        extra = sum(float(t[cells[a], cells[b]]) for t, (a, b) in zip(tables, pairs, strict=True))
        return bowl(u) + extra / len(pairs)

    return Problem(f"choices_{number}", definition, loss, noise=0.01 * (number % 2))


def _mixed(number: int) -> Problem:
    """Take 8 to 14 parameters of all types."""
    rng = np.random.default_rng([2, number])
    definition = _space(
        rng,
        options=int(rng.integers(2, 5)),
        ordered=int(rng.integers(1, 3)),
        whole=int(rng.integers(2, 4)),
        real=int(rng.integers(3, 6)),
    )
    bowl = _bowl(rng, definition)
    return Problem(f"mixed_{number}", definition, bowl, noise=0.01 * (number % 2))


def _sparse(number: int) -> Problem:
    """Take twelve parameters, of which four matter, with ripples."""
    rng = np.random.default_rng([3, number])
    definition = _space(rng, options=3, ordered=1, whole=2, real=6)
    counts = _counts(definition)
    numeric = rng.permutation([i for i, n in enumerate(counts) if not n])[:3]
    option = int(rng.choice([i for i, n in enumerate(counts) if n]))
    centres, effects = rng.uniform(0.1, 0.9, 3), rng.random(counts[option])

    def loss(u: FloatArray) -> float:
        z = u[numeric] - centres
        ripples = 0.05 * (1.0 - np.cos(4.0 * np.pi * z)).sum()
        effect = effects[_cell(u[option], len(effects))]
        return float((z * z).sum() + ripples + 0.3 * effect)

    return Problem(f"sparse_{number}", definition, loss, noise=0.02 * (number % 2))


def _rotated(number: int) -> Problem:
    """Turn a quadratic function of numbers; every second problem is the logarithm of one."""
    rng = np.random.default_rng([4, number])
    d = int(rng.integers(5, 9))
    definition = _space(rng, options=number % 3, ordered=0, whole=1, real=d)
    counts = _counts(definition)
    numeric = [i for i, n in enumerate(counts) if not n]
    options = [i for i, n in enumerate(counts) if n]
    turn = np.linalg.qr(rng.standard_normal((len(numeric), len(numeric))))[0]
    scales = 10.0 ** rng.uniform(-1.5, 0.5, len(numeric))
    centre = rng.uniform(0.2, 0.8, len(numeric))
    effects = {i: rng.random(counts[i]) for i in options}

    def loss(u: FloatArray) -> float:
        z = turn @ (u[numeric] - centre)
        value = float((scales * z * z).sum())
        value += 0.2 * sum(float(e[_cell(u[i], len(e))]) for i, e in effects.items())
        return float(np.log(value + 0.01)) if number % 2 else value

    return Problem(f"rotated_{number}", definition, loss)


def _hills(number: int) -> Problem:
    """Shift functions with many minima (Ackley, Levy), and let options shift them more."""
    rng = np.random.default_rng([5, number])
    definition = _space(rng, options=2, ordered=1, whole=1, real=int(rng.integers(3, 6)))
    counts = _counts(definition)
    numeric = [i for i, n in enumerate(counts) if not n]
    options = [i for i, n in enumerate(counts) if n]
    shifts = {i: rng.uniform(-0.2, 0.2, (counts[i], len(numeric))) for i in options}
    offsets = {i: rng.random(counts[i]) for i in options}
    centre = rng.uniform(0.3, 0.7, len(numeric))

    def loss(u: FloatArray) -> float:
        cells = {i: _cell(u[i], counts[i]) for i in options}
        z = u[numeric] - centre - sum(shifts[i][c] for i, c in cells.items())
        offset = sum(float(offsets[i][c]) for i, c in cells.items())
        if number % 2:
            z = 4.0 * z
            ackley = 20.0 - 20.0 * np.exp(-0.2 * np.sqrt((z * z).mean()))
            return float(ackley + np.e - np.exp(np.cos(2.0 * np.pi * z).mean()) + offset)
        w = 1.0 + 1.5 * z
        inner = (w[:-1] - 1.0) ** 2 * (1.0 + 10.0 * np.sin(np.pi * w[:-1] + 1.0) ** 2)
        return float(np.sin(np.pi * w[0]) ** 2 + inner.sum() + (w[-1] - 1.0) ** 2 + offset)

    return Problem(f"hills_{number}", definition, loss)


def _cliffs(number: int) -> Problem:
    """Let training diverge, to an error rate at chance level or a loss that explodes."""
    rng = np.random.default_rng([6, number])
    definition = _space(
        rng, options=int(rng.integers(1, 4)), ordered=1, whole=2, real=int(rng.integers(3, 7))
    )
    bowl = _bowl(rng, definition)
    counts = _counts(definition)
    numeric = [i for i, n in enumerate(counts) if not n]
    direction = np.zeros(len(counts))
    direction[rng.permutation(numeric)[:3]] = [1.0, 0.5, -0.4]
    limit = rng.uniform(0.5, 0.8)

    def loss(u: FloatArray) -> float:
        error = 0.05 + 0.9 * (1.0 - float(np.exp(-2.5 * bowl(u) ** 1.5)))
        beyond = float(direction @ u) - limit
        if beyond <= 0.0:
            return error
        return 0.9 if number % 2 else error + 20.0 * float(np.expm1(8.0 * beyond))

    return Problem(f"cliffs_{number}", definition, loss, noise=0.005)


FUNCTIONS: dict[str, Callable[[int], Problem]] = {
    "choices": _choices,
    "mixed": _mixed,
    "sparse": _sparse,
    "rotated": _rotated,
    "hills": _hills,
    "cliffs": _cliffs,
}
