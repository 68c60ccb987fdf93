"""Whether the assessor compares trials by all objectives of the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import Finding
from nni_hpo_ext.registry import ALGORITHMS, STOPPING_RULES, NamedRule

__all__ = ["check_objectives"]

# NNI's own assessors compare one value of a trial.
_OF_NNI = ("medianstop", "curvefitting")


def check_objectives(config: Mapping[str, Any]) -> list[Finding]:
    """Warn of an assessor that sees one of several objectives: it stops trials on the front."""
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
    """Return class arguments; empty if there are none, or what is written is not a mapping."""
    given = algorithm.get("classArgs") if isinstance(algorithm, Mapping) else None
    return given if isinstance(given, Mapping) else {}


def _sees_several(assessor: Mapping[str, Any]) -> bool:
    """Whether an assessor compares by several objectives; of a foreign one nothing is known."""
    name = str(assessor.get("name") or assessor.get("className"))
    arguments = _arguments(assessor)
    rules = _rules_of(name)
    if not rules:
        return name.lower().rpartition(".")[2] not in _OF_NNI
    chosen = [r for r in rules if r.arguments.get("rule") == arguments.get("rule")] or rules
    own = arguments.get("objectives")
    return chosen[0].multi_objective and (own is None or len(own) > 1)


def _rules_of(name: str) -> list[NamedRule]:
    """Return the rules of one of our assessors, its default first; none of a foreign one."""
    # NNI compares names without case and takes its own Medianstop for ours.
    own = {n: e.class_name for e in ALGORITHMS for n in (e.name, e.alias, e.class_name)}
    own.pop("MedianStop")
    return [rule for rule in STOPPING_RULES.values() if rule.class_name == own.get(name)]
