"""The pages of the studio: upload, new study, live view, result."""

from __future__ import annotations

from nni_hpo_ext.studio.pages._app import create_studio
from nni_hpo_ext.studio.pages._run import run_studio
from nni_hpo_ext.studio.pages._store import StudioStore

__all__ = ["StudioStore", "create_studio", "run_studio"]
