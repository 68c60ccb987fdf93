"""Replays of NNI tuners on tables, surrogates and functions, on a virtual clock."""

from __future__ import annotations

from nni_hpo_ext.simulate._catalogue import load_surrogate
from nni_hpo_ext.simulate._options import Options, Protocol, protocol
from nni_hpo_ext.simulate._read import read_trace
from nni_hpo_ext.simulate._records import Header, Run, TrialRecord
from nni_hpo_ext.simulate._run import simulate
from nni_hpo_ext.simulate._score import Score, score
from nni_hpo_ext.simulate._summary import Estimate
from nni_hpo_ext.simulate._surrogate import Surrogate, Training
from nni_hpo_ext.simulate._trace import trace_lines

__all__ = [
    "Estimate",
    "Header",
    "Options",
    "Protocol",
    "Run",
    "Score",
    "Surrogate",
    "Training",
    "TrialRecord",
    "load_surrogate",
    "protocol",
    "read_trace",
    "score",
    "simulate",
    "trace_lines",
]
