"""Check a config with NNI's own validation."""

from __future__ import annotations

import traceback

from nni_hpo_ext.config import Config, to_nni
from nni_hpo_ext.errors import Finding

__all__ = ["check_with_nni"]


def check_with_nni(config: Config) -> list[Finding]:
    """Let NNI load and validate a config; return a finding if it rejects it."""
    try:
        to_nni(config)
    except Exception as error:  # NNI raises whatever its internals happen to raise
        return [Finding("config", f"NNI rejects it: {_message(error)}", "correct it")]
    return []


def _message(error: Exception) -> str:
    text = " ".join(str(error).split())
    if text:
        return text
    # An assertion without a message: show its source line.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at `{last.line}`"
