"""Inject faults into surrogate models."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from nni_hpo_ext.arguments import fraction, one_of, whole_number
from nni_hpo_ext.space import FloatArray

if TYPE_CHECKING:
    from nni_hpo_ext.surrogates import Surrogate

__all__ = ["FaultPlan", "InjectedFault", "failing_surrogates"]

_KINDS = ("raise", "nan")


class InjectedFault(RuntimeError):
    """Raised by a surrogate model that fails on purpose."""


class FaultPlan:
    """Plan which surrogate models fail, and how.

    Each suggestion builds one model per objective and kind of surrogate that its arms use. Models
    are counted from 0, whether they are refitted or not.

    Parameters
    ----------
    share
        Probability that a model fails.
    calls
        Indices of the models that fail; overrides ``share``.
    kind
        ``raise``: fitting raises `InjectedFault`. ``nan``: the model predicts NaN everywhere.
    seed
        Seed of the failures.

    Attributes
    ----------
    failed
        Indices of the models that failed so far.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> from nni_hpo_ext.testing import FaultPlan
    >>> plan = FaultPlan(calls=[0, 3], kind="nan")
    >>> plan.failed  # `active` makes models fail; none has been built yet
    []
    """

    def __init__(
        self,
        share: float = 1.0,
        calls: Collection[int] | None = None,
        kind: str = "raise",
        seed: int = 0,
    ) -> None:
        self._share = fraction("share", share)
        self._calls = calls
        self._kind = one_of("kind", kind, _KINDS)
        self._rng = random.Random(whole_number("seed", seed, 0))
        self._made = 0
        self.failed: list[int] = []

    @contextmanager
    def active(self) -> Iterator[None]:
        """Make models fail within the context, in all threads."""
        from nni_hpo_ext.surrogates import ObjectiveModels

        with mock.patch.object(ObjectiveModels, "_fit", self._failing(ObjectiveModels._fit)):
            yield

    def _failing(self, fit: Callable[..., Surrogate]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if not self._is_next():
                return fit(*args, **kwargs)
            if self._kind == "nan":
                return _Blind(fit(*args, **kwargs))
            raise InjectedFault(f"model {self.failed[-1]} fails on purpose")

        return wrapped

    def _is_next(self) -> bool:
        number, drawn = self._made, self._rng.random()
        self._made += 1
        fails = drawn < self._share if self._calls is None else number in self._calls
        if fails:
            self.failed.append(number)
        return fails


class _Blind:
    """A model that fails silently: its predictions are NaN."""

    def __init__(self, model: Surrogate) -> None:
        self._model = model

    def conditioned_on(
        self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None
    ) -> _Blind:
        return _Blind(self._model.conditioned_on(X, y, noise))

    def with_fantasies(self, X: FloatArray) -> _Blind:
        return _Blind(self._model.with_fantasies(X))

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.full(len(X), np.nan), np.full(len(X), np.nan)


@contextmanager
def failing_surrogates(**plan: Any) -> Iterator[list[int]]:
    """Make models of tuners in this process fail; the arguments are those of `FaultPlan`.

    Yields
    ------
    list of int
        Indices of the models that failed so far.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import load_benchmark
    >>> from nni_hpo_ext.testing import best_with_failures, failing_surrogates
    >>> from nni_hpo_ext.tuners import ParzenTuner
    >>> tuner = ParzenTuner(optimize_mode="minimize", num_init_evals=5, seed=0)
    >>> with failing_surrogates(calls=[0]) as failed:
    ...     best = best_with_failures(tuner, load_benchmark("branin"), 10, share=0.0, seed=0)
    >>> failed
    [0]
    """
    made = FaultPlan(**plan)
    with made.active():
        yield made.failed
