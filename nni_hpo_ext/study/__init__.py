"""Any experiment, running or over, and any simulation, read as studies of one form."""

from __future__ import annotations

from nni_hpo_ext.study._load import load_studies, load_study
from nni_hpo_ext.study._trace import study_of_run

__all__ = ["load_studies", "load_study", "study_of_run"]
