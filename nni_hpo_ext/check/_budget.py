"""Check that trials can read the number of epochs that Hyperband and BOHB set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.budget import TRIAL_BUDGET
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.registry import ALGORITHMS

__all__ = ["check_budget", "least_budget"]

# The trial library reads the budget for its users.
_READERS = (TRIAL_BUDGET, "nni_hpo_ext.trial")


def check_budget(config: Mapping[str, Any], path: Path) -> list[Finding]:
    """Warn if the tuner sets ``TRIAL_BUDGET``, but no program of the trials names it.

    Parameters
    ----------
    config, path
        The config with canonical keys, and its file.
    """
    if least_budget(config) is None:
        return []
    folder = path.parent / Path(str(config.get("trialCodeDirectory") or ".")).expanduser()
    programs = [_text(file) for file in folder.glob("*.py")]
    if not programs or any(word in text for text in programs for word in _READERS):
        return []
    problem = f"no program in {folder} reads {TRIAL_BUDGET}, with which the tuner sets the epochs"
    remedy = f"train for params['{TRIAL_BUDGET}'] epochs"
    return [Finding("trialCodeDirectory", problem, remedy, warning=True)]


def least_budget(config: Mapping[str, Any]) -> int | None:
    """Return the smallest number of epochs that the tuner may set, None if it sets none."""
    tuner = config.get("tuner") or config.get("advisor")
    if not isinstance(tuner, Mapping):
        return None
    name = str(tuner.get("name") or tuner.get("className")).lower()
    setters = [entry for entry in ALGORITHMS if entry.sets_budget]
    if not any(name in map(str.lower, (e.name, e.alias, e.class_name)) for e in setters):
        return None
    given = tuner.get("classArgs")
    least = given.get("min_budget") if isinstance(given, Mapping) else None
    return least if isinstance(least, int) else 1


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
