"""The command `nni-hpo`; what its parts do lies in the packages that they call."""

from __future__ import annotations

from nni_hpo_ext.cli._main import app, main

__all__ = ["app", "main"]
