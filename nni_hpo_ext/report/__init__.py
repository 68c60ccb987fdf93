"""Reports on experiments and simulations, with a proposed search space for the next one."""

from __future__ import annotations

from nni_hpo_ext.report._make import Format, make_report, write_report

__all__ = ["Format", "make_report", "write_report"]
