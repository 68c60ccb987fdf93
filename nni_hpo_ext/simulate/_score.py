"""Score an optimisation: time to the goal, best value, regret."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nni_hpo_ext.trace import Header, Run, SimulatedTrial

__all__ = ["Score", "normalised", "regret_steps", "score"]


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one optimisation.

    Only completed trials count, as no final value confirms what a stopped trial had reached.

    Attributes
    ----------
    goal_time
        Virtual seconds until the first final value at least as good as the goal; infinity if the
        goal was not reached, NaN without a goal.
    best
        The best final value, None if no trial completed.
    regret
        Distance of the best true final value from the optimum, 0 if it is better; infinity if no
        trial completed.
    normalised
        ``regret`` divided by the distance between a typical configuration and the optimum: 0 is
        the optimum, 1 a typical configuration.
    seconds
        Virtual duration in seconds.
    trials, stopped, failed, unfinished
        Number of all trials, and of trials with that status.
    """

    goal_time: float
    best: float | None
    regret: float
    normalised: float
    seconds: float
    trials: int
    stopped: int
    failed: int
    unfinished: int


def score(run: Run) -> Score:
    """Score one optimisation.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Options, Protocol, score, simulate
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=20)))
    >>> found = score(run)
    >>> found.regret == found.best - run.header.optimum
    True
    """
    ends = Counter(trial.status for trial in run.trials)
    steps = regret_steps(run)
    regret = steps[-1][1] if steps else math.inf
    return Score(
        goal_time=_goal_time(run),
        best=_best(run),
        regret=regret,
        normalised=normalised(regret, run.header),
        seconds=run.seconds,
        trials=len(run.trials),
        stopped=ends["stopped"],
        failed=ends["failed"],
        unfinished=ends["unfinished"],
    )


def regret_steps(run: Run) -> list[tuple[float, float]]:
    """Return (virtual seconds, regret) wherever the regret decreased."""
    header, steps, best = run.header, [], math.inf
    for trial in _completed(run):
        if trial.true is not None and _regret(trial.true, header) < best:
            best = _regret(trial.true, header)
            steps.append((trial.end, best))
    return steps


def normalised(regret: float, header: Header) -> float:
    """Return the regret in units of the regret of a typical configuration."""
    scale = abs(header.typical - header.optimum)
    return regret / scale if scale else (0.0 if regret == 0 else math.inf)


def _completed(run: Run) -> Sequence[SimulatedTrial]:
    done = (trial for trial in run.trials if trial.status == "completed")
    return sorted(done, key=lambda trial: trial.end)


def _sign(header: Header) -> float:
    return -1.0 if header.direction == "maximize" else 1.0


def _regret(value: float, header: Header) -> float:
    return max(0.0, _sign(header) * (value - header.optimum))


def _best(run: Run) -> float | None:
    finals = [t.final for t in _completed(run) if t.final is not None]
    return min(finals, key=lambda v: _sign(run.header) * v, default=None)


def _goal_time(run: Run) -> float:
    header = run.header
    if header.goal is None:
        return math.nan
    for trial in _completed(run):
        if trial.final is not None and _sign(header) * (trial.final - header.goal) <= 0:
            return trial.end
    return math.inf
