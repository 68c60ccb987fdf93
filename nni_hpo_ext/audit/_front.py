"""What an experiment's own stopping rule does to its Pareto front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.audit._experiment import read_experiment
from nni_hpo_ext.audit._judge import audit
from nni_hpo_ext.audit._settings import Setting
from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.registry import rule_of

__all__ = ["FrontLoss", "front_loss"]


@dataclass(frozen=True, slots=True)
class FrontLoss:
    """Members of a front that a replay stops.

    Attributes
    ----------
    rule
        Name of the rule.
    stopped, of
        How many of how many.
    """

    rule: str
    stopped: int
    of: int


def front_loss(directory: Path, config: Mapping[str, Any]) -> FrontLoss | None:
    """Replay an experiment under the rule of its assessor.

    Trials that the rule stopped when it ran cannot be on the front, so this is the other half of
    the truth: how close the rule came to those that are.

    Returns
    -------
    FrontLoss or None
        None with one objective, without intermediate results, or without an assessor known here.

    Examples
    --------
    >>> import tempfile
    >>> from nni_hpo_ext.audit import front_loss
    >>> with tempfile.TemporaryDirectory() as empty:
    ...     front_loss(Path(empty), {"assessor": {"name": "Medianstop"}}) is None
    True
    """
    setting = _setting(config.get("assessor"))
    if setting is None:
        return None
    try:
        recording = read_experiment(directory)
    except (DataError, ExperimentError):  # nothing in it that could be replayed
        return None
    if not recording.front:
        return None
    verdict = audit(recording, setting)
    return FrontLoss(setting.rule, verdict.front_stopped, len(recording.front))


def _setting(assessor: Any) -> Setting | None:
    rule = rule_of(assessor)
    if rule is None:
        return None
    arguments = dict(assessor.get("classArgs") or {})
    for name in ("optimize_mode", "rule"):
        arguments.pop(name, None)
    return Setting(rule, arguments)
