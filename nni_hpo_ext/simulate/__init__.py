"""Replay NNI tuners on tabular, surrogate and synthetic benchmarks, on a virtual clock."""

from __future__ import annotations

from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._build import Component, import_class, make
from nni_hpo_ext.simulate._catalogue import load_benchmark
from nni_hpo_ext.simulate._options import Options, Protocol, protocol
from nni_hpo_ext.simulate._run import simulate
from nni_hpo_ext.simulate._score import Score, score

__all__ = [
    "Benchmark",
    "Component",
    "Options",
    "Protocol",
    "Score",
    "Training",
    "import_class",
    "load_benchmark",
    "make",
    "protocol",
    "score",
    "simulate",
]
