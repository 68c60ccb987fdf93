"""NNI's own opinion of a config."""

from __future__ import annotations

import traceback
from pathlib import Path

from nni_hpo_ext.errors import Finding

__all__ = ["check_with_nni"]


def check_with_nni(path: Path) -> list[Finding]:
    """Load and validate a config with NNI; one finding if it refuses."""
    from nni.experiment.config import ExperimentConfig, utils

    try:
        ExperimentConfig.load(path).validate()
    except Exception as error:  # NNI raises whatever its internals happen to raise
        return [Finding("config", f"NNI refuses it: {_said(error)}", "correct it")]
    finally:
        utils.unset_base_path()  # NNI leaves it set after an error and refuses the next file
    return []


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())
    if said:
        return said
    # A bare assertion: its source line is all there is to tell.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at `{last.line}`"
