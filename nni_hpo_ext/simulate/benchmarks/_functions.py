"""Synthetic functions with known optima.

Formulas, domains and optima: Surjanovic and Bingham, "Virtual Library of Simulation Experiments:
Test Functions and Datasets" (https://www.sfu.ca/~ssurjano).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from nni_hpo_ext.simulate.benchmarks._function import Function
from nni_hpo_ext.space import FloatArray

__all__ = ["Ackley", "Branin", "Hartmann3", "Hartmann6", "Levy", "Rosenbrock", "branin"]


def _box(*bounds: tuple[float, float]) -> dict[str, Any]:
    return {f"x{i + 1}": {"_type": "uniform", "_value": list(b)} for i, b in enumerate(bounds)}


class _Continuous(Function):
    """A function of real coordinates ``x1, x2, ...``."""

    def value(self, params: Mapping[str, Any]) -> float:
        """Return the function value of a configuration."""
        return float(self.at(np.array([params[name] for name in self.search_space])))

    @abstractmethod
    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(d,)``."""


def branin(x1: float, x2: float) -> float:
    """Return the Branin-Hoo function on [-5, 10] x [0, 15]; its three minima are 0.397887."""
    b, c = 5.1 / (4 * math.pi**2), 5 / math.pi
    return (x2 - b * x1**2 + c * x1 - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x1) + 10


class Branin(_Continuous):
    """Branin-Hoo in 2 dimensions, see `branin`."""

    name = "branin"
    optimum = 10 / (8 * math.pi)  # at (pi, 2.275)
    search_space = _box((-5.0, 10.0), (0.0, 15.0))

    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(2,)``."""
        return branin(*x.tolist())


class _Hartmann(_Continuous):
    """``-sum_i alpha_i exp(-sum_j A_ij (x_j - P_ij)^2)`` on the unit cube."""

    exponents: ClassVar[FloatArray]  # A, (4, d)
    centres: ClassVar[FloatArray]  # P, (4, d)

    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(d,)``."""
        inner = (self.exponents * (x - self.centres) ** 2).sum(axis=1)
        return float(-np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-inner))


class Hartmann3(_Hartmann):
    """Hartmann in 3 dimensions, with four local minima."""

    name = "hartmann3"
    optimum = -3.862779787332664  # at (.114589, .555649, .852547)
    search_space = _box(*[(0.0, 1.0)] * 3)
    exponents = np.array([[3.0, 10, 30], [0.1, 10, 35], [3.0, 10, 30], [0.1, 10, 35]])
    centres = 1e-4 * np.array(
        [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    )


class Hartmann6(_Hartmann):
    """Hartmann in 6 dimensions, with six local minima."""

    name = "hartmann6"
    optimum = -3.322368011415515  # at (.201690, .150011, .476874, .275332, .311652, .657300)
    search_space = _box(*[(0.0, 1.0)] * 6)
    exponents = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    centres = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )


class Ackley(_Continuous):
    """Ackley in 5 dimensions: a narrow funnel in a nearly flat plain with many local minima.

    The domain is asymmetric, so that its centre is not the optimum.
    """

    name = "ackley"
    optimum = 0.0  # at 0
    search_space = _box(*[(-16.384, 32.768)] * 5)

    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(5,)``."""
        spread = math.sqrt(float(np.mean(x**2)))
        waves = float(np.mean(np.cos(2 * math.pi * x)))
        return -20 * math.exp(-0.2 * spread) - math.exp(waves) + 20 + math.e


class Rosenbrock(_Continuous):
    """Rosenbrock in 4 dimensions: a curved valley, easy to find and hard to follow."""

    name = "rosenbrock"
    optimum = 0.0  # at 1
    search_space = _box(*[(-5.0, 10.0)] * 4)

    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(4,)``."""
        return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (x[:-1] - 1) ** 2).sum())


class Levy(_Continuous):
    """Levy in 4 dimensions."""

    name = "levy"
    optimum = 0.0  # at 1
    search_space = _box(*[(-10.0, 10.0)] * 4)

    def at(self, x: FloatArray) -> float:
        """Return the function value at a point of shape ``(4,)``."""
        w = 1 + (x - 1) / 4
        first = math.sin(math.pi * w[0]) ** 2
        middle = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)
        last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
        return float(first + middle.sum() + last)
