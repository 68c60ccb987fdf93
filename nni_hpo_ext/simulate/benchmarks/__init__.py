"""The built-in benchmarks: tables, surrogate models and synthetic functions."""

from __future__ import annotations

from nni_hpo_ext.simulate.benchmarks._digits import Digits
from nni_hpo_ext.simulate.benchmarks._nas_hpo_bench2 import NasHpoBench2

__all__ = ["Digits", "NasHpoBench2"]
