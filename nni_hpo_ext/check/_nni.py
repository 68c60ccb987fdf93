"""NNI's own opinion of a config."""

from __future__ import annotations

import traceback

from nni_hpo_ext.config import Config, to_nni
from nni_hpo_ext.errors import Finding

__all__ = ["check_with_nni"]


def check_with_nni(config: Config) -> list[Finding]:
    """Let NNI load and validate a config; one finding if it refuses."""
    try:
        to_nni(config)
    except Exception as error:  # NNI raises whatever its internals happen to raise
        return [Finding("config", f"NNI refuses it: {_said(error)}", "correct it")]
    return []


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())
    if said:
        return said
    # A bare assertion: its source line is all there is to tell.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at `{last.line}`"
