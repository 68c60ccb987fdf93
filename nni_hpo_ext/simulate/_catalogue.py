"""The built-in benchmarks, by name."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.simulate._benchmark import Benchmark
from nni_hpo_ext.simulate._build import import_class
from nni_hpo_ext.simulate.driver import guarded

__all__ = ["CATALOGUE", "BenchmarkEntry", "load_benchmark"]

_PACKAGE = "nni_hpo_ext.simulate"


@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """A benchmark, or a family of benchmarks.

    Attributes
    ----------
    name
        Name on the command line; the name of a family ends with ``-``, followed by the task.
    module, function
        Factory in a module of `nni_hpo_ext.simulate`. It is called with the data folder (a path or
        None); for a family, the task comes first.
    tasks
        Known tasks of a family.
    """

    name: str
    module: str
    function: str
    tasks: tuple[str, ...] = ()

    def make(self, *args: Any) -> Benchmark:
        """Build the benchmark."""
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
    """Load a built-in benchmark by name, or a benchmark class by import path.

    Parameters
    ----------
    name
        Name of the benchmark, or ``package.module.Class``.
    data_dir
        Folder of the benchmark data, for benchmarks that need it.

    Raises
    ------
    ConfigError
        If the benchmark is unknown.
    DataError
        If its data are missing or damaged.
    MissingDependencyError
        If it needs a package that is not installed.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import load_benchmark
    >>> branin = load_benchmark("branin")
    >>> branin.direction, round(branin.optimum, 4), list(branin.search_space)
    ('minimize', 0.3979, ['x1', 'x2'])
    """
    for entry in CATALOGUE:
        if name == entry.name:
            return entry.make(data_dir)
        if entry.name.endswith("-") and name.startswith(entry.name):
            return entry.make(name.removeprefix(entry.name), data_dir)
    if "." not in name:
        raise ConfigError(
            f"unknown benchmark {name!r}: must be a class or one of {', '.join(names())}"
        )
    benchmark = guarded(f"benchmark {name}", "the constructor", import_class(name))
    if not isinstance(benchmark, Benchmark):
        raise ConfigError(f"{name} must be a subclass of nni_hpo_ext.simulate.Benchmark")
    return benchmark


def names() -> list[str]:
    """Return the names of all benchmarks, including the known tasks of each family."""
    return [entry.name + task for entry in CATALOGUE for task in (entry.tasks or ("",))]
