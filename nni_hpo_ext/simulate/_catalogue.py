"""The benchmarks by name."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.simulate._benchmark import Benchmark
from nni_hpo_ext.simulate._build import import_class
from nni_hpo_ext.simulate._driver import guarded

__all__ = ["CATALOGUE", "BenchmarkEntry", "load_benchmark"]

_PACKAGE = "nni_hpo_ext.simulate"


@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """A benchmark, or a family of them.

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

    def make(self, *args: Any) -> Benchmark:
        """Build it."""
        made = pkgutil.resolve_name(f"{_PACKAGE}.{self.module}:{self.function}")
        benchmark: Benchmark = made(*args)
        return benchmark


_FUNCTIONS = ("Branin", "Hartmann3", "Hartmann6", "Ackley", "Rosenbrock", "Levy")

CATALOGUE: tuple[BenchmarkEntry, ...] = (
    BenchmarkEntry("digits", "benchmarks._digits", "Digits"),
    *(BenchmarkEntry(cls.lower(), "benchmarks._functions", cls) for cls in _FUNCTIONS),
    BenchmarkEntry("mixed", "benchmarks._mixed", "Mixed"),
    BenchmarkEntry("data2", "benchmarks._deepbo", "Data2"),
    BenchmarkEntry("data3", "benchmarks._deepbo", "Data3"),
    BenchmarkEntry("data3-curves", "benchmarks._deepbo", "Data3Curves"),
    BenchmarkEntry(
        "fcnet-", "benchmarks._fcnet", "FcNet", ("protein_structure", "slice_localization")
    ),
    BenchmarkEntry(
        "lcbench-", "benchmarks._lcbench", "LcBench", ("3945", "7593", "34539", "126025")
    ),
    BenchmarkEntry("nasbench201", "benchmarks._nasbench201", "NasBench201"),
    BenchmarkEntry("nas-hpo-bench-2", "benchmarks._nas_hpo_bench2", "NasHpoBench2"),
)


def load_benchmark(name: str, data_dir: Path | None = None) -> Benchmark:
    """Make the benchmark of this name, or of the class ``package.module.Class``.

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
        raise ConfigError(f"benchmark {name!r} is not known; known are {', '.join(names())}")
    benchmark = guarded(f"benchmark {name}", "making it", import_class(name))
    if not isinstance(benchmark, Benchmark):
        raise ConfigError(f"{name} is no nni_hpo_ext.simulate.Benchmark: derive it from that class")
    return benchmark


def names() -> list[str]:
    """Return the names of all benchmarks; a family's with its known tasks."""
    return [entry.name + task for entry in CATALOGUE for task in (entry.tasks or ("",))]
