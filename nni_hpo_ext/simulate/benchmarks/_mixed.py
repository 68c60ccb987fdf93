"""A synthetic function with categorical, ordinal and integer parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.simulate.benchmarks._function import Function
from nni_hpo_ext.simulate.benchmarks._functions import Branin, branin

__all__ = ["Mixed"]

_SPACE = {
    "form": {"_type": "choice", "_value": ["plain", "mirrored", "damped"]},
    "units": {"_type": "choice", "_value": [16, 32, 64, 128, 256]},
    "layers": {"_type": "randint", "_value": [1, 7]},
    "x1": {"_type": "uniform", "_value": [-5.0, 10.0]},
    "x2": {"_type": "uniform", "_value": [0.0, 15.0]},
}


class Mixed(Function):
    """Branin-Hoo deformed by a categorical parameter, plus bowls over an ordinal and an integer.

    The optimum is at ``mirrored``, with ``units`` 64 and ``layers`` 3. The other forms are better
    on most of the plane, so that the form must be optimised jointly with the position.
    """

    name = "mixed"
    optimum = Branin.optimum  # branin's own, at mirrored, 64, 3 and (5 - pi, 2.275)
    search_space = _SPACE

    def value(self, params: Mapping[str, Any]) -> float:
        """Return the function value of a configuration."""
        forms = {
            "plain": 2.0 + 0.9 * branin(params["x1"], params["x2"]),
            "mirrored": branin(5.0 - params["x1"], params["x2"]),
            "damped": 5.0 + 0.5 * branin(params["x1"], params["x2"]),
        }
        units: float = 2.0 * (math.log2(params["units"]) - 6.0) ** 2
        layers: float = (params["layers"] - 3) ** 2
        return forms[params["form"]] + units + layers
