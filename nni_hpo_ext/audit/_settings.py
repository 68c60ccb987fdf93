"""Rules by name, and sweeps over their arguments."""

from __future__ import annotations

import inspect
import itertools
import math
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni.assessor import AssessResult

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.registry import STOPPING_RULES
from nni_hpo_ext.stopping import Decision
from nni_hpo_ext.types import Objective

__all__ = ["AssessorStopper", "Setting", "sweep"]


class AssessorStopper:
    """Calls an assessor as NNI's dispatcher does: with the whole history, step by step.

    Parameters
    ----------
    assessor
        An NNI assessor, ours or any other.
    objective
        Key of the one value to hand over of dict reports; None hands them over as they are.
    """

    def __init__(self, assessor: Any, objective: str | None = None) -> None:
        self._assessor = assessor
        self._objective = objective
        self._histories: dict[str, list[Any]] = {}

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Take in a running trial's new reports and decide on it."""
        history = self._histories.setdefault(trial, [])
        history.extend(map(self._handed_over, values))
        return Decision(self._assessor.assess_trial(trial, history) == AssessResult.Bad)

    def _handed_over(self, report: Any) -> Any:
        if self._objective is None or not isinstance(report, Mapping):
            return report
        return report.get(self._objective, math.nan)

    def end(self, trial: str, success: bool) -> None:
        """Note that a trial ended; NNI tells an assessor only of those that reported."""
        if self._histories.pop(trial, None):
            self._assessor.trial_end(trial, success)


@dataclass(frozen=True, slots=True)
class Setting:
    """One rule with the class arguments to try.

    Attributes
    ----------
    rule
        A name in `nni_hpo_ext.registry.STOPPING_RULES`.
    arguments
        Class arguments beside ``optimize_mode`` and those that make the rule.
    """

    rule: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.rule, *(f"{k}={v}" for k, v in self.arguments.items())])

    @property
    def sees_several(self) -> bool:
        """Whether the rule compares trials by more than one objective."""
        return STOPPING_RULES[self.rule].multi_objective

    def stopper(self, *objectives: Objective) -> AssessorStopper:
        """Build the assessor, ready for a replay of trials with these objectives.

        Raises
        ------
        ConfigError
            If it refuses an argument.
        """
        arguments = {**STOPPING_RULES[self.rule].arguments, **self.arguments}
        first = objectives[0]
        if self.sees_several and len(objectives) > 1:
            arguments.setdefault("objectives", {o.name: o.direction for o in objectives})
            return AssessorStopper(_class_of(self.rule)(**arguments))
        assessor = _class_of(self.rule)(optimize_mode=first.direction, **arguments)
        return AssessorStopper(assessor, first.name)


def sweep(rules: Sequence[str], options: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Return every combination of the options for every rule that takes them.

    Parameters
    ----------
    rules
        Names in `nni_hpo_ext.registry.STOPPING_RULES`.
    options
        Values to try, by class argument.

    Raises
    ------
    ConfigError
        If a rule is unknown, or none of them takes an option.
    """
    for rule in rules:
        if rule not in STOPPING_RULES:
            raise ConfigError(
                f"--rule {rule!r} is unknown: give some of {', '.join(STOPPING_RULES)}"
            )
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
    return pkgutil.resolve_name(STOPPING_RULES[rule].class_name)


def _parameters(rule: str) -> set[str]:
    taken = set(inspect.signature(_class_of(rule)).parameters)
    return taken - set(STOPPING_RULES[rule].arguments)
