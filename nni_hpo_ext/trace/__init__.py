"""Records of simulated optimisations, and their trace files."""

from __future__ import annotations

from nni_hpo_ext.trace._read import read_trace
from nni_hpo_ext.trace._records import Ending, Header, Run, SimulatedTrial, Status
from nni_hpo_ext.trace._write import trace_lines

__all__ = ["Ending", "Header", "Run", "SimulatedTrial", "Status", "read_trace", "trace_lines"]
