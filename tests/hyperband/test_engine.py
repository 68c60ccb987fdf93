"""Who trains next, and for how long, against Hyperband written as a loop."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.hyperband import Brackets
from nni_hpo_ext.hyperband.engine import DensityDraw, HyperbandEngine, RandomDraw
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Objective, Suggestion, Trial, TrialStatus

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}
LOSS = Objective("loss", "minimize")
Run = tuple[Any, int]


def engine(brackets: Brackets, spec: Any = SPACE, share: float | None = None) -> HyperbandEngine:
    space = SearchSpace(spec)
    draw = RandomDraw(space) if share is None else DensityDraw(space, share)
    return HyperbandEngine(space, LOSS, brackets, draw, seed=0)


def loss(x: float, budget: int) -> float:
    """Return a loss whose order changes with the budget; NaN for a seventh of the trials."""
    bits = random.Random(f"{x} {budget}").random()
    return math.nan if bits < 1 / 7 else bits


class Workers:
    """Run trials on ``n`` workers; they end in an order drawn from ``seed``."""

    def __init__(self, made: HyperbandEngine, n: int, seed: int) -> None:
        self.engine, self.n, self.rng = made, n, random.Random(seed)
        self.running: list[Suggestion] = []
        self.trials: list[Trial] = []
        self.begun: list[Suggestion] = []

    def fill(self) -> None:
        while len(self.running) < self.n:
            self.engine.observe(self.trials)
            (new,) = self.engine.suggest(1, [s.params for s in self.running])
            self.begun.append(new)
            self.running.append(new)

    def step(self, value: Callable[[float, int], float] = loss) -> None:
        self.fill()
        ended = self.running.pop(self.rng.randrange(len(self.running)))
        y = value(ended.params["x"], ended.params["TRIAL_BUDGET"])
        status = TrialStatus.FAILED if math.isnan(y) else TrialStatus.COMPLETED
        values = () if math.isnan(y) else (y,)
        self.trials.append(Trial(len(self.trials), ended.params, status, values, ended))

    def runs(self) -> list[Run]:
        return [run_of(s) for s in self.begun]


def run_of(suggestion: Suggestion) -> Run:
    return suggestion.params["x"], suggestion.params["TRIAL_BUDGET"]


def textbook(brackets: Brackets, xs: list[float]) -> list[list[Run]]:
    """Return the trials of each bracket, one rung after the other."""
    done: list[list[Run]] = []
    rest = list(xs)
    while len(rest) >= brackets.rungs(len(done))[0].size:
        rungs = brackets.rungs(len(done))
        alive, rest = rest[: rungs[0].size], rest[rungs[0].size :]
        runs: list[Run] = []
        for i, rung in enumerate(rungs):
            if i:
                below = rungs[i - 1].budget
                usable = [x for x in alive if not math.isnan(loss(x, below))]
                alive = sorted(usable, key=partial(loss, budget=below))[: rung.size]
            runs += [(x, rung.budget) for x in alive]
        done.append(runs)
    return done


def drawn(workers: Workers) -> list[float]:
    first: dict[int, float] = {}
    for s in workers.begun:
        assert s.step is not None
        first.setdefault(s.step, s.params["x"])
    assert list(first) == list(range(len(first)))
    return list(first.values())


BRACKETS = st.builds(Brackets, st.just(1), st.integers(1, 30), st.integers(2, 4))


@given(BRACKETS, st.integers(0, 99))
def test_one_worker_trains_in_the_order_of_the_loop(brackets: Brackets, seed: int) -> None:
    workers = Workers(engine(brackets), 1, seed)
    for _ in range(80):
        workers.step()
    expected = [run for runs in textbook(brackets, drawn(workers)) for run in runs]
    begun = workers.runs()
    assert begun[: len(expected)] == expected[: len(begun)]


@given(BRACKETS, st.integers(2, 9), st.integers(0, 99))
def test_many_workers_promote_the_same_trials_in_any_order(
    brackets: Brackets, n: int, seed: int
) -> None:
    workers = Workers(engine(brackets), n, seed)
    for _ in range(120):
        workers.step()
    workers.fill()
    begun, running = workers.runs(), {run_of(s) for s in workers.running}
    assert len(set(begun)) == len(begun)
    waiting = False
    for expected in textbook(brackets, drawn(workers)):
        configs = {x for x, _ in expected}
        of_bracket = {run for run in begun if run[0] in configs}
        assert of_bracket <= set(expected)
        if of_bracket < set(expected) and not waiting:
            # The oldest bracket that is not over gets the next free worker.
            waiting = True
            assert of_bracket & running


@given(BRACKETS, st.integers(1, 5), st.integers(0, 60), st.integers(0, 99))
def test_it_goes_on_from_its_state_and_the_trials(
    brackets: Brackets, n: int, after: int, seed: int
) -> None:
    workers = Workers(engine(brackets, share=0.3), n, seed)
    for _ in range(after):
        workers.step()
    other = engine(brackets, share=0.3)
    other.load_state_dict(json.loads(json.dumps(workers.engine.state_dict())))
    pending = [s.params for s in workers.running]
    for made in (workers.engine, other):
        made.observe(workers.trials)
    assert other.suggest(9, pending) == workers.engine.suggest(9, pending)


def test_trials_that_are_lost_do_not_hold_up_a_bracket() -> None:
    made = engine(Brackets(1, 9, 3))
    first = made.suggest(9, [])
    done = [
        Trial(i, s.params, TrialStatus.COMPLETED, (float(i),), s) for i, s in enumerate(first[2:])
    ]
    made.observe(done)
    running = [first[0].params]
    assert {s.params["TRIAL_BUDGET"] for s in made.suggest(2, running)} == {3}  # bracket 2 begins
    made.observe(done)
    promoted = made.suggest(3, [])  # neither of the first two is running any more
    assert [s.params["x"] for s in promoted] == [t.params["x"] for t in done[:3]]


def test_if_all_fail_the_next_bracket_begins() -> None:
    workers = Workers(engine(Brackets(1, 9, 3)), 1, 0)
    for _ in range(18):
        workers.step(lambda x, budget: math.nan)
    budgets = [s.params["TRIAL_BUDGET"] for s in workers.begun]
    assert budgets == 9 * [1] + 5 * [3] + 3 * [9] + [1]


def test_a_finite_space_ends_when_nothing_can_go_on() -> None:
    spec = {"x": {"_type": "choice", "_value": [1, 2, 3, 4]}}
    workers = Workers(engine(Brackets(1, 9, 3), spec), 1, 0)
    for _ in range(8):
        workers.step(lambda x, budget: float(x))
    with pytest.raises(SpaceExhaustedError):
        workers.fill()
    assert workers.runs()[4:] == [(1, 3), (2, 3), (3, 3), (1, 9)]


def test_the_model_leads_to_good_configurations() -> None:
    workers = Workers(engine(Brackets(1, 9, 3), share=1 / 3), 4, 0)
    for _ in range(200):
        workers.step(lambda x, budget: abs(x - 0.3))
    new = [s for s in workers.begun[100:] if s.arm != "promotion"]
    errors = [abs(s.params["x"] - 0.3) for s in new if s.arm == "TPE"]
    assert 0.5 < len(errors) / len(new) < 0.85
    assert median(errors) < 0.05
