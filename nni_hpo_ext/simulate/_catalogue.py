"""The surrogates by name."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.simulate._build import import_class
from nni_hpo_ext.simulate._driver import guarded
from nni_hpo_ext.simulate._surrogate import Surrogate

__all__ = ["CATALOGUE", "Entry", "load_surrogate"]

_PACKAGE = "nni_hpo_ext.simulate"


@dataclass(frozen=True, slots=True)
class Entry:
    """A surrogate, or a family of them.

    Attributes
    ----------
    name
        What a user types; a family ends with ``-``, and the rest names the task.
    module, function
        What makes it: a function or class of a module of `nni_hpo_ext.simulate`, called with the
        data folder (a path or None), and before it the task, for a family.
    tasks
        Tasks of a family, as far as they are known beforehand.
    """

    name: str
    module: str
    function: str
    tasks: tuple[str, ...] = ()

    def make(self, *args: Any) -> Surrogate:
        """Build it."""
        module = importlib.import_module(f"{_PACKAGE}.{self.module}")
        surrogate: Surrogate = getattr(module, self.function)(*args)
        return surrogate


_FUNCTIONS = ("Branin", "Hartmann3", "Hartmann6", "Ackley", "Rosenbrock", "Levy")

CATALOGUE: tuple[Entry, ...] = (
    Entry("digits", "surrogates._digits", "Digits"),
    *(Entry(cls.lower(), "surrogates._functions", cls) for cls in _FUNCTIONS),
    Entry("mixed", "surrogates._mixed", "Mixed"),
    Entry("data2", "surrogates._deepbo", "Data2"),
    Entry("data3", "surrogates._deepbo", "Data3"),
    Entry("data3-curves", "surrogates._deepbo", "Data3Curves"),
    Entry("fcnet-", "surrogates._fcnet", "FcNet", ("protein_structure", "slice_localization")),
    Entry("lcbench-", "surrogates._lcbench", "LcBench", ("3945", "7593", "34539", "126025")),
    Entry("nasbench201", "surrogates._nasbench201", "NasBench201"),
    Entry("nas-hpo-bench-2", "surrogates._nas_hpo_bench2", "NasHpoBench2"),
)


def load_surrogate(name: str, data_dir: Path | None = None) -> Surrogate:
    """Make the surrogate of this name, or of the class ``package.module.Class``.

    Parameters
    ----------
    name
        What the user typed.
    data_dir
        Folder of the benchmark data, for those that need it.

    Raises
    ------
    ConfigError
        If there is none of this name.
    DataError
        If its data are missing or damaged.
    MissingDependencyError
        If it needs a package that is not installed.
    """
    for entry in CATALOGUE:
        if name == entry.name:
            return entry.make(data_dir)
        if entry.name.endswith("-") and name.startswith(entry.name):
            return entry.make(name.removeprefix(entry.name), data_dir)
    if "." not in name:
        raise ConfigError(f"surrogate {name!r} is not known; known are {', '.join(names())}")
    surrogate = guarded(f"surrogate {name}", "making it", import_class(name))
    if not isinstance(surrogate, Surrogate):
        raise ConfigError(f"{name} is no nni_hpo_ext.simulate.Surrogate: derive it from that class")
    return surrogate


def names() -> list[str]:
    """Return the names of all surrogates; a family's with its known tasks."""
    return [entry.name + task for entry in CATALOGUE for task in (entry.tasks or ("",))]
