"""Rules by name, and sweeps over their arguments."""

from __future__ import annotations

import importlib
import inspect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.audit._stopper import AssessorStopper
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.types import Direction

__all__ = ["RULES", "Setting", "sweep"]

_OURS = "nni_hpo_ext.assessors.MedianStopAssessor"

# Name, class, and the class arguments that make it this rule.
RULES: dict[str, tuple[str, dict[str, Any]]] = {
    "consensus": (_OURS, {"rule": "consensus"}),
    "median": (_OURS, {"rule": "median"}),
    "compound": ("nni_hpo_ext.assessors.CompoundStopAssessor", {}),
    "medianstop": ("nni.algorithms.hpo.medianstop_assessor.MedianstopAssessor", {}),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One rule with the class arguments to try.

    Attributes
    ----------
    rule
        A name in `RULES`.
    arguments
        Class arguments beside ``optimize_mode`` and those that make the rule.
    """

    rule: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.rule, *(f"{k}={v}" for k, v in self.arguments.items())])

    def stopper(self, direction: Direction) -> AssessorStopper:
        """Build the assessor, ready for a replay.

        Raises
        ------
        ConfigError
            If it refuses an argument.
        """
        fixed = RULES[self.rule][1]
        assessor = _class_of(self.rule)(optimize_mode=direction, **fixed, **self.arguments)
        return AssessorStopper(assessor)


def sweep(rules: Sequence[str], options: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Return every combination of the options for every rule that takes them.

    Parameters
    ----------
    rules
        Names in `RULES`.
    options
        Values to try, by class argument.

    Raises
    ------
    ConfigError
        If a rule is unknown, or none of them takes an option.
    """
    for rule in rules:
        if rule not in RULES:
            raise ConfigError(f"--rule {rule!r} is unknown: give some of {', '.join(RULES)}")
    taken = {rule: [o for o in options if o in _parameters(rule)] for rule in rules}
    for option in options:
        if not any(option in names for names in taken.values()):
            name = option.replace("_", "-")
            raise ConfigError(f"--{name} is no argument of {', '.join(rules)}: leave it out")
    return [
        Setting(rule, dict(zip(names, values, strict=True)))
        for rule, names in taken.items()
        for values in itertools.product(*(options[n] for n in names))
    ]


def _class_of(rule: str) -> Any:
    module, _, name = RULES[rule][0].rpartition(".")
    return getattr(importlib.import_module(module), name)


def _parameters(rule: str) -> set[str]:
    return set(inspect.signature(_class_of(rule)).parameters) - set(RULES[rule][1])
