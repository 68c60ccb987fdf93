"""Summarise a valid config in a few lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext import registry
from nni_hpo_ext.config import read_config, read_space
from nni_hpo_ext.grid import DEFAULT_RESOLUTION, GridSpace
from nni_hpo_ext.remote import machines_of
from nni_hpo_ext.space import SearchSpace

__all__ = ["summarise"]


def summarise(path: Path) -> list[str]:
    """Summarise the config at ``path``, in which `check_config` finds no error.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> config = "{searchSpace: {lr: {_type: uniform, _value: [0, 1]}}, tuner: {name: TPE}, "
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text(config + "maxTrialNumber: 20, trialConcurrency: 2}")
    ...     for line in summarise(path):
    ...         print(line.strip())
    search space: 1 parameter, infinitely many configurations
    tuner: TPE
    budget: 20 trials, 2 at once
    """
    config = read_config(path).values
    spec = read_space(config, path)[1].value
    lines = [f"  search space: {_space(spec)}", *_grid(config.get("tuner"), spec)]
    for kind in ("tuner", "advisor", "assessor"):
        if config.get(kind) is not None:
            lines.append(f"  {kind}: {_algorithm(config[kind])}")
    return [*lines, *_workers(config), f"  budget: {_budget(config)}"]


def _workers(config: Mapping[str, Any]) -> list[str]:
    machines = machines_of(config)
    return [f"  workers: {', '.join(map(str, machines))}"] if machines else []


def _space(spec: Any) -> str:
    if spec == {}:
        return "empty; the tuner defines the parameters"
    space = SearchSpace(spec)
    size = space.cardinality
    points = "infinitely many" if math.isinf(size) else f"{size:.4g}"
    return f"{_number(len(space), 'parameter')}, {points} configurations"


def _grid(tuner: Any, spec: Any) -> list[str]:
    """Return the number of points of a grid search."""
    if not isinstance(tuner, Mapping):
        return []
    named = registry.class_named(str(tuner.get("name"))) or tuner.get("className")
    if named != registry.class_named("Grid"):
        return []
    args = tuner.get("classArgs") or {}
    if args.get("candidates"):
        return []
    grid = GridSpace(spec, args.get("resolution", DEFAULT_RESOLUTION))
    levels = ", ".join(f"{name} {n}" for name, n in grid.levels.items())
    return [f"  grid: {grid.cardinality:,.0f} points (levels: {levels})"]


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _algorithm(algorithm: Mapping[str, Any]) -> str:
    name = algorithm.get("name") or algorithm.get("className")
    args = algorithm.get("classArgs") or {}
    listed = ", ".join(f"{key}={value!r}" for key, value in args.items())
    return f"{name} ({listed})" if listed else f"{name}"


def _budget(config: Mapping[str, Any]) -> str:
    parts = [f"{config['trialConcurrency']} at once"]
    if config.get("maxTrialNumber") is not None:
        parts.insert(0, _number(config["maxTrialNumber"], "trial"))
    if config.get("maxExperimentDuration") is not None:
        parts.append(f"{config['maxExperimentDuration']} in total")
    if config.get("maxTrialDuration") is not None:
        parts.append(f"{config['maxTrialDuration']} per trial")
    if len(parts) == 1:
        parts.append("until the tuner ends")
    return ", ".join(parts)
