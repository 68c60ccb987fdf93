"""What an experiment showed: one page, or its numbers, and a search space to go on with."""

from __future__ import annotations

from nni_hpo_ext.report._make import Format, make_report, write_report

__all__ = ["Format", "make_report", "write_report"]
