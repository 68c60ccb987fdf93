"""Surrogate models that are made to fail."""

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
    """What the fit of a surrogate raises that is made to fail."""


class FaultPlan:
    """Which models fail, and how.

    A suggestion makes a model of each objective, and of each kind that its arms use; these are
    counted from 0, whether they are fitted anew or not.

    Parameters
    ----------
    share
        Probability with which a model fails.
    calls
        In its place, the numbers of those that fail.
    kind
        ``raise``: making it raises `InjectedFault`. ``nan``: it predicts NaN everywhere.
    seed
        Decides which ones fail.

    Attributes
    ----------
    failed
        Numbers of the models that failed so far.

    Raises
    ------
    ConfigError
        If an argument is not allowed.
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
        """Let models fail within the context, in all threads."""
        from nni_hpo_ext.surrogates import ObjectiveModels

        with mock.patch.object(ObjectiveModels, "_fit", self._failing(ObjectiveModels._fit)):
            yield

    def _failing(self, fit: Callable[..., Surrogate]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if not self._is_next():
                return fit(*args, **kwargs)
            if self._kind == "nan":
                return _Blind(fit(*args, **kwargs))
            raise InjectedFault(f"model {self.failed[-1]} was made to fail")

        return wrapped

    def _is_next(self) -> bool:
        number, drawn = self._made, self._rng.random()
        self._made += 1
        fails = drawn < self._share if self._calls is None else number in self._calls
        if fails:
            self.failed.append(number)
        return fails


class _Blind:
    """A model that went wrong without saying so: its predictions are NaN."""

    def __init__(self, model: Surrogate) -> None:
        self._model = model

    def conditioned_on(self, X: FloatArray, y: FloatArray) -> _Blind:
        return _Blind(self._model.conditioned_on(X, y))

    def with_fantasies(self, X: FloatArray) -> _Blind:
        return _Blind(self._model.with_fantasies(X))

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.full(len(X), np.nan), np.full(len(X), np.nan)


@contextmanager
def failing_surrogates(**plan: Any) -> Iterator[list[int]]:
    """Let models fail in tuners of this process; the arguments are those of `FaultPlan`.

    Yields
    ------
    list of int
        Numbers of the models that failed so far.

    Examples
    --------
    >>> with failing_surrogates(share=0.5) as failed:
    ...     tuner.generate_parameters(7)
    """
    made = FaultPlan(**plan)
    with made.active():
        yield made.failed
