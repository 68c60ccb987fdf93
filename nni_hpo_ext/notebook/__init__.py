"""Studies in a notebook: tables, figures and a summary."""

from __future__ import annotations

from nni_hpo_ext.notebook._view import StudyView, load

__all__ = ["StudyView", "load"]
