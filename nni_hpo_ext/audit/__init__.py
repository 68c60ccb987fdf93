"""Replay finished experiments under early-stopping rules, to see what they save and cost."""

from __future__ import annotations

from nni_hpo_ext.audit._front import FrontLoss, front_loss
from nni_hpo_ext.audit._judge import Verdict, audit
from nni_hpo_ext.audit._plot import write_plot
from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.audit._settings import AssessorStopper, Setting, sweep
from nni_hpo_ext.audit._show import show_audit, to_json
from nni_hpo_ext.audit._source import load

__all__ = [
    "AssessorStopper",
    "FrontLoss",
    "Recording",
    "Setting",
    "Verdict",
    "audit",
    "front_loss",
    "load",
    "show_audit",
    "sweep",
    "to_json",
    "write_plot",
]
