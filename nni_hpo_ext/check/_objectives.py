"""Check that the assessor compares trials by all objectives of the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import Finding
from nni_hpo_ext.registry import STOPPING_RULES, rule_of

__all__ = ["check_objectives"]


def check_objectives(config: Mapping[str, Any]) -> list[Finding]:
    """Warn of an assessor that ignores objectives: it may stop Pareto-optimal trials."""
    assessor, objectives = config.get("assessor"), _objectives(config.get("tuner"))
    if len(objectives) < 2 or not isinstance(assessor, Mapping) or _sees_several(assessor):
        return []
    name = assessor.get("name") or assessor.get("className")
    return [
        Finding(
            "assessor",
            f"{name} compares trials by one objective and stops members of the Pareto front of "
            f"{', '.join(objectives)}",
            "use MedianStopAssessor with its rule prospect, or no assessor",
            warning=True,
        )
    ]


def _objectives(tuner: Any) -> list[str]:
    named = _arguments(tuner).get("objectives")
    return [str(n) for n in named] if isinstance(named, Mapping) else []


def _arguments(algorithm: Any) -> Mapping[str, Any]:
    """Return the class arguments; empty if they are missing or not a mapping."""
    given = algorithm.get("classArgs") if isinstance(algorithm, Mapping) else None
    return given if isinstance(given, Mapping) else {}


def _sees_several(assessor: Mapping[str, Any]) -> bool:
    """Whether an assessor compares by several objectives; assume so for unknown ones."""
    rule = rule_of(assessor)
    if rule is None:
        return str(assessor.get("name")).lower() != "curvefitting"  # NNI's other assessor
    own = _arguments(assessor).get("objectives")
    return STOPPING_RULES[rule].multi_objective and (own is None or len(own) > 1)
