"""One optimisation on a virtual clock: an event loop over training runs."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nni_hpo_ext.budget import TRIAL_BUDGET, configuration
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.trace import Ending, SimulatedTrial

__all__ = ["Judge", "OnTrial", "Replay", "ReplayedTuner", "Rules", "VirtualClock"]

# Keeps the noise of training runs independent of what a tuner draws from the same seed.
_NOISE = 0x7A1

# Called after each trial with the number of trials so far and the virtual time.
OnTrial = Callable[[int, float], None]


class VirtualClock:
    """Virtual seconds since the start of an optimisation; call it to read the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the virtual time, in seconds."""
        return self.now


class ReplayedTuner(Protocol):
    """Interface of the tuner to the event loop."""

    def ask(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return a configuration for each trial number; fewer if there are no more."""

    def complete(self, number: int, params: Mapping[str, Any], final: float) -> None:
        """Report a completed trial."""

    def stop(self, number: int, params: Mapping[str, Any], best: float | None) -> None:
        """Report a stopped trial with its best value so far."""

    def explain(self, number: int) -> tuple[str | None, float | None, str | None]:
        """Return arm, probability and reason of a suggestion, None where not given."""


class Judge(Protocol):
    """Interface of the early-stopping rule to the event loop."""

    def stops(self, number: int, history: Sequence[float]) -> bool:
        """Return whether to stop a running trial, given all values reported so far."""

    def end(self, number: int, success: bool) -> None:
        """Report that a trial ended."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How an optimisation runs, and when it ends.

    Attributes
    ----------
    workers, sync
        Number of workers; whether they wait for each other before they start again.
    suggest_cost
        Virtual seconds per suggestion.
    max_trials, max_seconds
        Limits; None and infinity for no limit.
    goal
        Stop as soon as a final value is at least as good; None for no goal.
    """

    workers: int = 1
    sync: bool = False
    suggest_cost: float = 1.0
    max_trials: int | None = None
    max_seconds: float = math.inf
    goal: float | None = None


@dataclass(slots=True)
class _Running:
    number: int
    params: Mapping[str, Any]
    worker: int
    start: float
    training: Training
    is_full: bool  # not ended early by its budget
    reported: int = 0  # intermediate values passed to the judge

    @property
    def end(self) -> float:
        return self.start + self.training.seconds

    def time_of(self, i: int) -> float:
        """Return the time at which intermediate value ``i`` is reported."""
        share = self.training.epochs[i] / self.training.total_epochs
        return self.start + self.training.seconds * share


class Replay:
    """Run one optimisation.

    A free worker requests a configuration at once. The tuner serves requests one at a time, in
    order of arrival, each in ``suggest_cost`` seconds; it knows the trials that had ended when the
    request was made. Trials that end at the same time are all reported before the next request.

    Parameters
    ----------
    benchmark
        The benchmark to train on.
    tuner
        The tuner.
    judge
        The early-stopping rule, if any.
    rules
        Workers, costs and limits.
    seed
        Seed of the training noise.
    clock
        The clock to advance; the tuner may read it.
    on_trial
        Called after every trial.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        tuner: ReplayedTuner,
        judge: Judge | None,
        rules: Rules,
        seed: int,
        clock: VirtualClock,
        on_trial: OnTrial | None = None,
    ) -> None:
        self._benchmark = benchmark
        self._tuner = tuner
        self._judge = judge
        self._rules = rules
        self._seed = seed
        self.clock = clock
        self._on_trial = on_trial
        self._sign = -1.0 if benchmark.direction == "maximize" else 1.0
        self._free = list(range(rules.workers))
        self._running: dict[int, _Running] = {}
        self._events: list[tuple[float, int, int]] = []  # time, order, trial
        self._order = 0
        self._asked = 0
        self._exhausted = False
        self._served = 0.0  # when the tuner has answered all requests so far
        self._goal_reached = False
        self.records: list[SimulatedTrial] = []

    def run(self) -> Ending:
        """Run the optimisation; trials are in `records`, the time is on the `clock`."""
        self._fill()
        while self._events and self._events[0][0] <= self._rules.max_seconds:
            self.clock.now = now = self._events[0][0]
            while self._events and self._events[0][0] == now:
                self._process(self._running[heapq.heappop(self._events)[2]])
            if self._goal_reached:
                break
            self._fill()
        ending = self._ending()
        if ending == "time":
            self.clock.now = self._rules.max_seconds
        for trial in self._running.values():
            self._cut(trial)
        self.records.sort(key=lambda record: record.number)
        return ending

    def _ending(self) -> Ending:
        if self._goal_reached:
            return "goal"
        if self._running:
            return "time"
        return "exhausted" if self._exhausted else "trials"

    # ------------------------------------------------------------------ starting

    def _fill(self) -> None:
        """Start trials on the free workers."""
        if self._exhausted or (self._rules.sync and self._running):
            return
        wanted = len(self._free)
        if self._rules.max_trials is not None:
            wanted = min(wanted, self._rules.max_trials - self._asked)
        if wanted <= 0:
            return
        numbers = range(self._asked, self._asked + wanted)
        configs = self._tuner.ask(numbers)
        self._asked += len(configs)
        self._exhausted = len(configs) < wanted
        starts = self._answers(len(configs))
        for number, params, start in zip(numbers, configs, starts, strict=False):
            self._start(number, params, start)

    def _answers(self, n: int) -> list[float]:
        """Return the start times of the next ``n`` trials."""
        times = []
        for _ in range(n):
            self._served = max(self._served, self.clock.now) + self._rules.suggest_cost
            times.append(self._served)
        return [self._served] * n if self._rules.sync else times

    def _start(self, number: int, params: Mapping[str, Any], start: float) -> None:
        rng = np.random.default_rng([_NOISE, self._seed, number])
        full = self._benchmark.train(configuration(params), rng)
        training = full.up_to(params.get(TRIAL_BUDGET, full.total_epochs))
        worker = heapq.heappop(self._free)
        trial = _Running(number, params, worker, start, training, training is full)
        self._running[number] = trial
        self._schedule(trial)

    def _schedule(self, trial: _Running) -> None:
        """Schedule the next event of a trial: a report to judge, or its end."""
        judged = self._judge is not None and trial.reported < len(trial.training.epochs)
        time = trial.time_of(trial.reported) if judged else trial.end
        heapq.heappush(self._events, (time, self._order, trial.number))
        self._order += 1

    # ------------------------------------------------------------------ events

    def _process(self, trial: _Running) -> None:
        if self._judge is None:
            self._finish(trial)
        elif trial.reported == len(trial.training.epochs):
            self._judge_end(trial, success=True)
            self._finish(trial)
        else:
            trial.reported += 1
            history = trial.training.values[: trial.reported]
            stops = self._judge.stops(trial.number, history)
            # A trial that is stopped at the moment it ends has completed.
            if stops and self.clock.now < trial.end:
                self._stop(trial)
            else:
                self._schedule(trial)

    def _finish(self, trial: _Running) -> None:
        final = trial.training.final
        self._tuner.complete(trial.number, trial.params, final)
        if not math.isfinite(final):
            self._record(trial, "failed", None, len(trial.training.epochs))
        elif trial.is_full:
            self._record(trial, "completed", final, len(trial.training.epochs))
            self._note_goal(final)
        else:
            self._record(trial, "stopped", final, len(trial.training.epochs))
        self._release(trial)

    def _stop(self, trial: _Running) -> None:
        best = self._best(trial.training.values[: trial.reported])
        self._judge_end(trial, success=False)
        self._tuner.stop(trial.number, trial.params, best)
        self._record(trial, "stopped", best, trial.reported)
        self._release(trial)

    def _best(self, values: Sequence[float]) -> float | None:
        finite = [v for v in values if math.isfinite(v)]
        return min(finite, key=lambda v: self._sign * v) if finite else None

    def _judge_end(self, trial: _Running, success: bool) -> None:
        # NNI notifies an assessor only of trials that have reported.
        if self._judge is not None and trial.reported:
            self._judge.end(trial.number, success)

    def _note_goal(self, final: float) -> None:
        goal = self._rules.goal
        if goal is not None and self._sign * final <= self._sign * goal:
            self._goal_reached = True

    def _release(self, trial: _Running) -> None:
        del self._running[trial.number]
        heapq.heappush(self._free, trial.worker)
        if self._on_trial is not None:
            self._on_trial(len(self.records), self.clock.now)

    def _cut(self, trial: _Running) -> None:
        """Record a trial that was running at the end; trials that had not started are dropped."""
        if trial.start < self.clock.now:
            times = map(trial.time_of, range(len(trial.training.epochs)))
            self._record(trial, "unfinished", None, sum(t <= self.clock.now for t in times))

    def _record(self, trial: _Running, status: Any, final: float | None, reported: int) -> None:
        true = self._benchmark.true_value(configuration(trial.params))
        arm, probability, reason = self._tuner.explain(trial.number)
        self.records.append(
            SimulatedTrial(
                number=trial.number,
                params=trial.params,
                worker=trial.worker,
                start=trial.start,
                end=self.clock.now,
                epochs=trial.training.epochs[:reported],
                values=trial.training.values[:reported],
                final=final,
                true=true if math.isfinite(true) else None,
                status=status,
                arm=arm,
                probability=probability,
                reason=reason,
            )
        )
