"""When trials start and end on the virtual clock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import NoCurves

from nni_hpo_ext.simulate._replay import Replay, Rules, VirtualClock
from nni_hpo_ext.trace import SimulatedTrial


class Proposals:
    """Suggests 0, 1, 2, ..., up to a number."""

    def __init__(self, n: int | None = None) -> None:
        self.n = n

    def ask(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        return [{"i": k} for k in numbers if self.n is None or k < self.n]

    def complete(self, *args: Any) -> None:
        pass

    def stop(self, *args: Any) -> None:
        pass

    def explain(self, number: int) -> tuple[None, None, None]:
        return None, None, None


def replay(
    rules: Rules, seconds: Sequence[float] = (10.0, 20.0, 30.0, 40.0), n: int | None = None
) -> tuple[str, float, list[SimulatedTrial]]:
    benchmark = NoCurves()
    benchmark.seconds = seconds
    loop = Replay(benchmark, Proposals(n), None, rules, seed=0, clock=VirtualClock())
    return loop.run(), loop.clock.now, loop.records


def times(records: list[SimulatedTrial]) -> list[tuple[int, float, float]]:
    return [(r.worker, r.start, r.end) for r in records]


def test_one_worker_takes_turns_with_the_tuner() -> None:
    ending, now, records = replay(Rules(suggest_cost=2.0, max_trials=3))
    assert times(records) == [(0, 2, 12), (0, 14, 34), (0, 36, 66)]
    assert (ending, now) == ("trials", 66)


def test_a_freed_worker_goes_on_at_once() -> None:
    _, _, records = replay(Rules(workers=2, suggest_cost=0.0, max_trials=5))
    assert times(records) == [(0, 0, 10), (1, 0, 20), (0, 10, 40), (1, 20, 60), (0, 40, 50)]


def test_the_tuner_answers_one_worker_after_the_other() -> None:
    _, _, records = replay(Rules(workers=3, suggest_cost=5.0, max_trials=4), seconds=[1.0] * 4)
    # Worker 0 asks again at 6, while the tuner still serves worker 2 until 15.
    assert times(records) == [(0, 5, 6), (1, 10, 11), (2, 15, 16), (0, 20, 21)]


def test_in_step_all_wait_for_the_slowest() -> None:
    rules = Rules(workers=2, sync=True, suggest_cost=1.0, max_trials=5)
    _, _, records = replay(rules)
    assert times(records) == [(0, 2, 12), (1, 2, 22), (0, 24, 54), (1, 24, 64), (0, 65, 75)]


def test_time_up_cuts_off_what_runs() -> None:
    ending, now, records = replay(Rules(workers=2, suggest_cost=0.0, max_seconds=25.0))
    assert [(r.number, r.end, r.status, r.final) for r in records] == [
        (0, 10, "completed", 0.5),
        (1, 20, "completed", 0.8),
        (2, 25, "unfinished", None),
        (3, 25, "unfinished", None),
    ]
    assert (ending, now) == ("time", 25.0)


def test_a_trial_that_would_start_too_late_never_was() -> None:
    ending, now, records = replay(Rules(suggest_cost=3.0, max_seconds=14.0))
    assert (ending, now, len(records)) == ("time", 14.0, 1)


def test_a_trial_that_ends_with_the_time_counts() -> None:
    _, _, records = replay(Rules(suggest_cost=0.0, max_seconds=30.0))
    assert [r.status for r in records] == ["completed", "completed"]


@pytest.mark.parametrize(("workers", "number", "time"), [(1, 2, 60.0), (4, 2, 30.0)])
def test_the_goal_ends_it(workers: int, number: int, time: float) -> None:
    ending, now, records = replay(Rules(workers=workers, suggest_cost=0.0, goal=0.9))
    assert (ending, now) == ("goal", time)
    assert [r.number for r in records if r.final is not None and r.final >= 0.9] == [number]


def test_no_more_configurations_end_it_when_all_have_ended() -> None:
    ending, now, records = replay(Rules(workers=2, suggest_cost=0.0), n=3)
    assert (ending, now) == ("exhausted", 40.0)
    assert [r.status for r in records] == ["completed"] * 3


def by_ticks(rules: Rules, seconds: Sequence[int], n: int) -> list[tuple[int, int, float, float]]:
    """The schedule, found by looking at every second."""
    free, running, done = set(range(rules.workers)), [], []
    now, served, asked = 0, 0, 0
    while len(done) < n:
        for trial in [t for t in running if t[3] == now]:
            running.remove(trial)
            done.append(trial)
            free.add(trial[1])
        batch = []
        while free and asked < n and not (rules.sync and running):
            served = max(served, now) + int(rules.suggest_cost)
            worker = min(free)
            free.remove(worker)
            batch.append((asked, worker, served, served + seconds[asked % len(seconds)]))
            asked += 1
        if rules.sync:
            batch = [(i, w, served, served + end - start) for i, w, start, end in batch]
        running += batch
        now += 1
    return sorted(done)


@given(
    workers=st.integers(1, 4),
    sync=st.booleans(),
    cost=st.integers(0, 3),
    seconds=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    n=st.integers(1, 12),
)
def test_the_schedule_is_that_of_a_watch(
    workers: int, sync: bool, cost: int, seconds: list[int], n: int
) -> None:
    rules = Rules(workers=workers, sync=sync, suggest_cost=float(cost), max_trials=n)
    _, _, records = replay(rules, seconds)
    found = [(r.number, r.worker, r.start, r.end) for r in records]
    assert found == by_ticks(rules, seconds, n)
    assert not any(math.isnan(r.end) for r in records)
