"""Learning-rate policies: the learning rate as a function of the step.

The families are those of LRBench (Wu et al., "Demystifying Learning Rate Policies for High
Accuracy Training of Deep Neural Networks", IEEE Big Data 2019). Lengths are shares of the training
instead of steps, so that a search space suits any batch size and budget. A policy is a plain
function of the step, for Keras, PyTorch or a plot; that of a plateau looks at the results, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.mode import Mode, is_better

__all__ = ["POLICY_PARAMETERS", "Policy", "learning_rate_policy"]

POLICY_PARAMETERS: Mapping[str, float | str] = MappingProxyType(
    {
        "LR_POLICY": "fixed",
        "FINAL_LR": 0.0,
        "LR_GAMMA": 0.1,
        "LR_PERIOD": 0.25,
        "LR_POWER": 1.0,
        "LR_STEPS": "0.5 0.75",
        "LR_PATIENCE": 3,
        "LR_WARMUP": 0.0,
    }
)
"""Parameters of the policies, with their defaults. Any search space may contain them."""


class Policy:
    """Learning rate as a function of the step.

    Parameters
    ----------
    rate_at
        Maps the step, from 0, to the rate.

    Examples
    --------
    >>> policy = Policy(lambda step: 0.1 / (1 + step))
    >>> policy(1)
    0.05
    """

    def __init__(self, rate_at: Callable[[int], float]) -> None:
        self._rate_at = rate_at

    def __call__(self, step: int) -> float:
        """Return the rate of a step."""
        return self._rate_at(step)

    def observe(self, values: Iterable[float], mode: Mode) -> None:
        """Take note of the metric in further epochs. Only the policy of a plateau does.

        Parameters
        ----------
        values
            Values of the metric, one per epoch.
        mode
            ``"max"`` if large values are good, ``"min"`` if small ones are.
        """


class _Plateau(Policy):
    """Multiply the rate by `gamma` after each `patience` epochs without a better value."""

    def __init__(
        self, rate_at: Callable[[int], float], gamma: float, patience: int, lowest: float
    ) -> None:
        super().__init__(rate_at)
        self._gamma = gamma
        self._patience = patience
        self._lowest = lowest
        self._factor = 1.0
        self._best = math.nan
        self._without = 0

    def __call__(self, step: int) -> float:
        rate = super().__call__(step)
        return max(rate * self._factor, min(self._lowest, rate))

    def observe(self, values: Iterable[float], mode: Mode) -> None:
        for value in values:
            if is_better(mode, value, self._best):
                self._best, self._without = value, 0
            else:
                self._without += 1
            if self._without == self._patience:
                self._factor, self._without = self._factor * self._gamma, 0


def learning_rate_policy(params: Mapping[str, Any], initial: float, steps: int) -> Policy:
    """Return the learning-rate policy named by the parameters of a trial.

    With the step ``t`` from 0, the number of steps ``T``, the initial rate ``a``, the final
    rate ``b`` = FINAL_LR, ``g`` = LR_GAMMA, ``p`` = LR_POWER and ``l`` = LR_PERIOD * T:

    ===============  ======================================================================
    LR_POLICY        rate
    ===============  ======================================================================
    ``fixed``        a
    ``exponential``  a (b / a)^(t / T), from a to b; b must be above 0
    ``step``         a g^floor(t / l)
    ``nstep``        a g^i after i of the LR_STEPS, shares of the training such as "0.5 0.75"
    ``inverse``      a (1 + ((a / b)^(1 / p) - 1) t / T)^-p, from a to b; b must be above 0
    ``polynomial``   b + (a - b) (1 - t / T)^p
    ``cosine``       b + (a - b) (1 + cos(pi t / T)) / 2
    ``restarts``     the same in each period of l instead of T, from a to b again and again
    ``cyclic``       b + (a - b) tri(t), the triangular wave tri from 1 to 0 and back in 2 l
    ``cyclic2``      the same, its height halved in each cycle
    ``cyclic_exp``   the same, its height multiplied by g^(t / T)
    ``sine``         b + (a - b) abs(cos(pi t / (2 l))), ``sine2`` and ``sine_exp`` likewise
    ``plateau``      a g^i after i times LR_PATIENCE epochs without a better result, b at least
    ===============  ======================================================================

    The rate of step t is multiplied by (t + 1) / W in the first W = LR_WARMUP * T steps.

    Parameters
    ----------
    params
        The trial's parameters. Those not in `POLICY_PARAMETERS` are ignored.
    initial
        Learning rate at the start, above 0.
    steps
        Number of training steps, or of epochs if the rate is set once per epoch.

    Returns
    -------
    Policy
        Maps the step, from 0, to the learning rate. After the last step the rate stays at its
        value at ``T``. A loop of your own tells it the metric of each epoch (`Policy.observe`).

    Raises
    ------
    ConfigError
        If the policy is unknown, or a number is out of range.

    Examples
    --------
    >>> policy = learning_rate_policy({"LR_POLICY": "cosine"}, initial=0.1, steps=4)
    >>> [round(policy(step), 3) for step in range(5)]
    [0.1, 0.085, 0.05, 0.015, 0.0]
    """
    settings = {name: params.get(name, value) for name, value in POLICY_PARAMETERS.items()}
    name = settings.pop("LR_POLICY")
    boundaries = _boundaries(settings.pop("LR_STEPS"))
    patience = whole_number("LR_PATIENCE", settings.pop("LR_PATIENCE"), 1)
    warm_up = float(settings.pop("LR_WARMUP")) * steps
    if not 0 <= warm_up <= steps:
        raise ConfigError(f"LR_WARMUP must be from 0 to 1, got {params['LR_WARMUP']!r}")
    if name not in _POLICIES:
        raise ConfigError(f"LR_POLICY must be one of {', '.join(_POLICIES)}, got {name!r}")
    rates = _Rates(
        a=float(initial),
        b=float(settings["FINAL_LR"]),
        g=float(settings["LR_GAMMA"]),
        period=float(settings["LR_PERIOD"]),
        p=float(settings["LR_POWER"]),
        boundaries=boundaries,
    )
    rates.check(name)
    shape = _POLICIES[name]

    def rate_at(step: int) -> float:
        rate = shape(rates, min(step / max(1, steps), 1.0))
        return rate * min(1.0, (step + 1) / warm_up) if warm_up else rate

    if name == "plateau":
        return _Plateau(rate_at, rates.g, patience, rates.b)
    return Policy(rate_at)


@dataclass(frozen=True)
class _Rates:
    """Numbers of a policy, named as in the table of `learning_rate_policy`."""

    a: float
    b: float
    g: float
    period: float
    p: float
    boundaries: tuple[float, ...]

    def check(self, policy: str) -> None:
        if not (self.a > 0 and math.isfinite(self.a)):
            raise ConfigError(f"learning rate must be above 0, got {self.a!r}")
        positive = policy in ("exponential", "inverse")
        if not (self.b >= 0 and math.isfinite(self.b)) or (positive and self.b == 0):
            least = "above 0" if positive else "0 or more"
            raise ConfigError(f"FINAL_LR must be {least} for LR_POLICY {policy}, got {self.b!r}")
        for name, value in (("LR_GAMMA", self.g), ("LR_PERIOD", self.period)):
            if not 0 < value <= 1:
                raise ConfigError(f"{name} must be above 0 and at most 1, got {value!r}")
        if not (self.p > 0 and math.isfinite(self.p)):
            raise ConfigError(f"LR_POWER must be above 0, got {self.p!r}")


def _steps(rates: _Rates, done: float) -> float:
    # The last period ends with the training, so there is no step at the very end.
    last = math.ceil(1 / rates.period - _SLACK) - 1
    return rates.a * rates.g ** min(math.floor(done / rates.period + _SLACK), last)


def _boundaries(text: object) -> tuple[float, ...]:
    """Read shares of the training, in ascending order."""
    try:
        shares = tuple(float(word) for word in str(text).replace(",", " ").split())
    except ValueError:
        shares = ()
    if not shares or list(shares) != sorted(shares) or not 0 < shares[0] <= shares[-1] <= 1:
        raise ConfigError(
            f"LR_STEPS must be ascending shares of the training such as '0.5 0.75', got {text!r}"
        )
    return shares


def _inverse(rates: _Rates, done: float) -> float:
    growth = (rates.a / rates.b) ** (1 / rates.p) - 1
    return float(rates.a * (1 + growth * done) ** -rates.p)


def _sine(rates: _Rates, done: float, height: float = 1.0) -> float:
    """Return the rectified cosine from `a` to `b` in one period, and back in the next."""
    wave = abs(math.cos(math.pi * done / (2 * rates.period)))
    return rates.b + (rates.a - rates.b) * wave * height


def _cosine(rates: _Rates, done: float) -> float:
    return rates.b + (rates.a - rates.b) * (1 + math.cos(math.pi * done)) / 2


def _restarts(rates: _Rates, done: float) -> float:
    """Return the cosine of each period; the last period ends with the training, at `b`."""
    period = min(rates.period, 1.0)
    within = (done + _SLACK) % period if done < 1 - _SLACK else period
    return _cosine(rates, max(0.0, within - _SLACK) / period)


def _wave(rates: _Rates, done: float, height: float = 1.0) -> float:
    """Return the triangular wave from `a` to `b` in one period, and back in the next."""
    return rates.b + (rates.a - rates.b) * abs(1 - done / rates.period % 2) * height


_SLACK = 1e-9  # share of the training, against rounding at a step
_POLICIES: Mapping[str, Callable[[_Rates, float], float]] = {
    "fixed": lambda r, done: r.a,
    "plateau": lambda r, done: r.a,  # until results stagnate
    "exponential": lambda r, done: r.a * (r.b / r.a) ** done,
    "step": _steps,
    "nstep": lambda r, done: r.a * r.g ** sum(done >= share - _SLACK for share in r.boundaries),
    "inverse": _inverse,
    "polynomial": lambda r, done: r.b + (r.a - r.b) * (1 - done) ** r.p,
    "cosine": _cosine,
    "restarts": _restarts,
    "cyclic": _wave,
    "cyclic2": lambda r, done: _wave(r, done, 0.5 ** (done // (2 * r.period))),
    "cyclic_exp": lambda r, done: _wave(r, done, r.g**done),
    "sine": _sine,
    "sine2": lambda r, done: _sine(r, done, 0.5 ** (done // (2 * r.period))),
    "sine_exp": lambda r, done: _sine(r, done, r.g**done),
}
