"""Experiments over real learning curves, and what a stopping rule saves and loses in them.

An experiment is 100 trials drawn from a task's curves (all of a smaller task, in random order),
four at a time, every epoch as long as any other. Its winner is the trial that would have ended best
had all run to their end; it is killed if no trial that ends as well is left. The regret is what the
best trial left lacks to the winner, in percent of the winner's lead over the median trial. With a
cost for each trial, spent evenly over its epochs, the front holds the trials that no cheaper one
beats; hypervolumes are of the results, from the tenth percentile to the best, and of the logarithm
of the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from _curves import Curves
from numpy.typing import NDArray

from nni_hpo_ext.multiobjective import hypervolume, pareto_mask
from nni_hpo_ext.stopping import RecordedTrial, Replayed, Stopper, replay

__all__ = ["FrontScore", "Maker", "Score", "score", "score_two"]

TRIALS, WORKERS = 100, 4
# Makes a rule for a task; True if trials report their cost, too.
Maker = Callable[[Curves, bool], Stopper]


@dataclass(frozen=True)
class Score:
    """Percentages over the experiments of a task; lost is killed by a regret of more than 1 %."""

    saved: float
    killed: float
    lost: float
    regret: float


@dataclass(frozen=True)
class FrontScore:
    """Percentages over the experiments of a task with costs."""

    saved: float
    front: float
    hypervolume: float


def experiments(curves: Curves, repeats: int) -> Iterator[list[RecordedTrial]]:
    """Draw the experiments of a task: always the same ones."""
    rng = np.random.default_rng(2020)
    for _ in range(repeats):
        rows = rng.choice(len(curves.values), min(TRIALS, len(curves.values)), replace=False)
        yield [_recorded(curves, row) for row in rows]


def _recorded(curves: Curves, row: int) -> RecordedTrial:
    """Return a trial up to its last finite value; of one that has none, the first."""
    finite = np.flatnonzero(np.isfinite(curves.values[row]))
    steps = int(finite[-1]) + 1 if len(finite) else 1
    values = tuple(curves.values[row, :steps].tolist())
    reports: tuple[dict[str, float], ...] = ()
    if curves.cost is not None:
        pace = float(curves.cost[row]) / curves.values.shape[1]
        reports = tuple({"default": v, "cost": pace * s} for s, v in enumerate(values, 1))
    offsets = tuple(range(1, steps + 1))
    return RecordedTrial(str(row), values, offsets, steps, reports=reports)


def score(curves: Curves, make: Maker, repeats: int, last: bool = True) -> Score:
    """Run the experiments of a task under one setting."""
    rows = []
    for trials in experiments(curves, repeats):
        replayed = replay(trials, make(curves, False), WORKERS)
        rows.append((_saved(replayed), *_loss(curves, replayed, last)))
    return Score(*(100 * np.mean(rows, axis=0)).tolist())


def score_two(curves: Curves, make: Maker, repeats: int) -> FrontScore:
    """Run the experiments of a task whose trials report their cost."""
    rows = []
    for trials in experiments(curves, repeats):
        replayed = replay(trials, make(curves, True), WORKERS)
        rows.append((_saved(replayed), *_front_loss(curves, replayed)))
    return FrontScore(*(100 * np.mean(rows, axis=0)).tolist())


def _saved(replayed: list[Replayed]) -> float:
    return 1 - sum(r.steps for r in replayed) / sum(len(r.trial.values) for r in replayed)


def _loss(curves: Curves, replayed: list[Replayed], last: bool) -> tuple[bool, bool, float]:
    finals = np.array([_final(r.trial.values, curves, last) for r in replayed])
    left = finals[[not r.stopped for r in replayed]]
    winner, median = finals.max(), float(np.median(finals[np.isfinite(finals)]))
    best = left.max() if len(left) else median
    regret = float((winner - best) / max(winner - median, 1e-12))
    return bool(best < winner), regret > 0.01, regret


def _final(values: tuple[float, ...], curves: Curves, last: bool) -> float:
    """Return how a trial ends, larger is better: with its last value or with its best."""
    gains = np.array(values) if curves.direction == "maximize" else -np.array(values)
    gains = np.where(np.isfinite(gains), gains, -np.inf)
    return float(gains[-1] if last else gains.max())


def _front_loss(curves: Curves, replayed: list[Replayed]) -> tuple[float, float]:
    """Return the shares of the front that was stopped, and of its hypervolume that is lost."""
    assert curves.cost is not None
    gains = np.array([_final(r.trial.values, curves, last=True) for r in replayed])
    costs = np.log(np.maximum(curves.cost[[int(r.trial.name) for r in replayed]], 1e-9))
    kept = np.array([not r.stopped for r in replayed])
    front = pareto_mask(np.stack([-gains, costs], axis=1))
    low = np.percentile(gains[np.isfinite(gains)], 10)
    points = np.stack([1 - _unit(gains, low, gains.max()), _unit(costs, *_range(costs))], axis=1)
    whole, left = (_volume(points[mask]) for mask in (front, kept))
    return float((~kept)[front].mean()), 1 - left / whole


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _unit(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return np.clip((values - low) / max(high - low, 1e-12), 0, 1)


def _volume(points: NDArray[np.float64]) -> float:
    return hypervolume(points[pareto_mask(points)], np.ones(2))
