"""Reports on experiments and simulations, with a proposed search space for the next one."""

from __future__ import annotations

from nni_hpo_ext.report._live import LiveReport
from nni_hpo_ext.report._make import Format, make_report, write_report

__all__ = ["Format", "LiveReport", "make_report", "write_report"]
