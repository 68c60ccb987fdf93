"""Tuners and assessors for any language, over HTTP; see `nni-hpo serve`."""

from __future__ import annotations

from nni_hpo_ext.serve._app import create_app
from nni_hpo_ext.serve._run import run_service
from nni_hpo_ext.serve._store import StudyStore

__all__ = ["StudyStore", "create_app", "run_service"]
