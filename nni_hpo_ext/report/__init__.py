"""Reports on experiments and simulations, with a proposed search space for the next one."""

from __future__ import annotations

from nni_hpo_ext.report._draw import study_figures
from nni_hpo_ext.report._importance import Importance, study_importances
from nni_hpo_ext.report._live import LiveReport
from nni_hpo_ext.report._make import Format, make_report, write_report
from nni_hpo_ext.report._narrow import Change, Narrowing, next_space
from nni_hpo_ext.report._rerun import config_of, config_text

__all__ = [
    "Change",
    "Format",
    "Importance",
    "LiveReport",
    "Narrowing",
    "config_of",
    "config_text",
    "make_report",
    "next_space",
    "study_figures",
    "study_importances",
    "write_report",
]
