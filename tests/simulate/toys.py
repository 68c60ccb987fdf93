"""Small benchmarks, tuners and assessors whose every move is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nni
import numpy as np
from nni.assessor import Assessor, AssessResult
from nni.tuner import Tuner

from nni_hpo_ext.simulate import Benchmark, Training

_SPACE = {"i": {"_type": "randint", "_value": [0, 1000]}}


class Table(Benchmark):
    """Trial ``i`` takes ``seconds[i]``, and ends with ``finals[i]``; epochs rise to it."""

    name = "table"
    direction = "maximize"
    goal = 0.9
    optimum = 1.0
    typical = 0.5
    search_space = _SPACE
    seconds: Sequence[float] = (10.0, 20.0, 30.0, 40.0)
    finals: Sequence[float] = (0.5, 0.8, 0.95, 0.6)
    n_reports = 4

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        i = params["i"]
        final = self.finals[i % len(self.finals)]
        epochs = tuple(range(1, self.n_reports + 1))
        return Training(
            epochs=epochs,
            values=tuple(final * e / self.n_reports for e in epochs),
            final=final,
            seconds=self.seconds[i % len(self.seconds)],
            total_epochs=max(1, self.n_reports),
        )


class NoCurves(Table):
    name = "no-curves"
    n_reports = 0


class Listed(Table):
    """Of which only three configurations can be trained."""

    name = "listed"
    candidates = ({"i": 2}, {"i": 5}, {"i": 700})


class Tested(Table):
    """Whose configurations have a test value beside what is tuned."""

    name = "tested"

    def test_values(self, params: Mapping[str, Any]) -> Mapping[str, float]:
        return {"test_accuracy": params["i"] / 10}


class Diverging(Table):
    name = "diverging"

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        return Training((1, 2), (float("inf"), 0.5), float("nan"), 1.0, 2)


class Noisy(Table):
    name = "noisy"

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        return Training((), (), rng.normal(), rng.uniform(1, 2))

    def true_value(self, params: Mapping[str, Any]) -> float:
        return 0.5


class Counting(Tuner):
    """Suggests 0, 1, 2, ..."""

    def update_search_space(self, search_space: Any) -> None:
        self.search_space = search_space

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        return {"i": parameter_id}

    def receive_trial_result(self, *args: Any, **kwargs: Any) -> None:
        pass


class Three(Counting):
    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        if parameter_id >= 3:
            raise nni.NoMoreTrialError
        return {"i": parameter_id}


class Raising(Counting):
    def __init__(self, method: str = "receive_trial_result") -> None:
        setattr(self, method, self.fail)

    def fail(self, *args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("division\nby zero")


class Outside(Counting):
    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        return {"i": -1}


class GlobalState(Counting):
    """Uses numpy's and Python's global generators."""

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        return {"i": int(np.random.randint(1000))}


class Spy(Counting):
    """Keeps what it hears and when."""

    last: Spy

    def __init__(self, clock: Any, oracle: Any, seed: int, optimize_mode: str) -> None:
        self.clock, self.oracle, self.seed, self.optimize_mode = clock, oracle, seed, optimize_mode
        self.heard: list[tuple[Any, ...]] = []
        Spy.last = self

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        self.heard.append((self.clock(), "ask", parameter_id))
        return {"i": parameter_id}

    def receive_trial_result(
        self, parameter_id: int, parameters: Any, value: Any, **kwargs: Any
    ) -> None:
        self.heard.append((self.clock(), "result", parameter_id, value))

    def trial_end(self, parameter_id: int, success: bool, **kwargs: Any) -> None:
        self.heard.append((self.clock(), "end", parameter_id, success))


class SpyAssessor(Assessor):
    """Stops trial 1 at its second report; keeps what it hears."""

    last: SpyAssessor

    def __init__(self, max_epochs: int = 0) -> None:
        self.max_epochs = max_epochs
        self.heard: list[tuple[Any, ...]] = []
        SpyAssessor.last = self

    def assess_trial(self, trial_job_id: str, trial_history: list[float]) -> AssessResult:
        self.heard.append((Spy.last.clock(), trial_job_id, tuple(trial_history)))
        bad = trial_job_id == "1" and len(trial_history) >= 2
        return AssessResult.Bad if bad else AssessResult.Good

    def trial_end(self, trial_job_id: str, success: bool) -> None:
        self.heard.append((Spy.last.clock(), trial_job_id, success))


class Silent(Assessor):
    def assess_trial(self, trial_job_id: str, trial_history: list[float]) -> Any:
        return None
