"""Import dragonfly-opt and patch its modules for current versions of numpy and scipy."""

from __future__ import annotations

import importlib
import sys
import types
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from nni_hpo_ext.dragonfly._numpy import NUMPY, RANDOM, Float
from nni_hpo_ext.dragonfly.install import require

__all__ = ["dragonfly_module"]

_MODULES = (
    "exd.domains",
    "exd.experiment_caller",
    "exd.worker_manager",
    "gp.cartesian_product_gp",
    "opt.cp_ga_optimiser",
    "opt.gp_bandit",
    "opt.multiobjective_gp_bandit",
    "utils.oper_utils",
)


def dragonfly_module(name: str) -> Any:
    """Return a patched module of dragonfly-opt, for example ``"exd.domains"``.

    Raises
    ------
    MissingDependencyError
        If dragonfly-opt is not installed; the message holds the command that installs it.
    """
    return _load()[name]


@cache
def _load() -> dict[str, types.ModuleType]:
    require()
    with warnings.catch_warnings():  # it warns about the Fortran part, which is replaced below
        warnings.simplefilter("ignore")
        modules = {name: importlib.import_module(f"dragonfly.{name}") for name in _MODULES}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "dragonfly":
            _patch(module)
    _patch_hyperparameter_sampler()
    modules["utils.oper_utils"].direct_ft_wrap = types.SimpleNamespace(direct=_direct)  # type: ignore[attr-defined]
    return modules


def _patch(module: types.ModuleType) -> None:
    """Replace the names that a module imported from numpy."""
    names = vars(module)
    for name, value in list(names.items()):
        if value is np:
            names[name] = NUMPY
        elif value is np.random:
            names[name] = RANDOM
        elif getattr(value, "__self__", None) is np.random.mtrand._rand:
            names[name] = _looked_up(value.__name__)
    if "np" in names:
        names["float"] = Float


def _looked_up(name: str) -> Callable[..., Any]:
    """Return a numpy.random function by name, looked up at each call."""
    return lambda *args, **kwargs: getattr(RANDOM, name)(*args, **kwargs)


def _patch_hyperparameter_sampler() -> None:
    """Pass scalars in the slice sampler where numpy no longer converts arrays to them."""
    core: Any = sys.modules["dragonfly.gp.gp_core"]
    discrete: Any = sys.modules["dragonfly.distributions.discrete"]
    model, draw = core.Model, discrete.Categorical.draw_samples

    def scalar_model(*functions: Callable[[Any], Any]) -> Any:
        return model(*(_of_scalar(f) for f in functions))

    def draw_scalar(self: Any, method: str, size: int, *rest: Any) -> Any:
        drawn = draw(self, method, size, *rest)
        return np.asarray(drawn).reshape(-1)[0] if size == 1 else drawn

    core.Model = scalar_model
    discrete.Categorical.draw_samples = draw_scalar


def _of_scalar(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(np.asarray(x).reshape(-1)[0] if np.size(x) == 1 else x)


def _direct(
    objective: Callable[..., tuple[float, int]],
    eps: float,
    max_evaluations: float,
    max_iterations: float,
    lower: np.ndarray[Any, Any],
    upper: np.ndarray[Any, Any],
    *_: object,
) -> tuple[np.ndarray[Any, Any], float, None]:
    """Replace the Fortran DIRECT (Jones et al. 1993) with scipy's; same signature."""
    from scipy.optimize import direct

    result = direct(
        lambda x: Float(np.asarray(objective(x)[0])),
        list(zip(lower, upper, strict=True)),
        eps=eps,
        maxfun=int(max_evaluations),
        maxiter=int(max_iterations),
    )
    return result.x, result.fun, None
