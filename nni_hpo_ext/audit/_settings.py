"""Stopping rules by name, and sweeps over their arguments."""

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
    """Call an assessor as NNI's dispatcher does: step by step, with the whole history.

    Parameters
    ----------
    assessor
        Any NNI assessor.
    objective
        Key of the value to pass on of dict reports; None passes them on unchanged.

    Examples
    --------
    >>> from nni.algorithms.hpo.medianstop_assessor import MedianstopAssessor
    >>> from nni_hpo_ext.audit import AssessorStopper
    >>> stopper = AssessorStopper(MedianstopAssessor())
    >>> stopper.report("trial", [0.5]).stop
    False
    """

    def __init__(self, assessor: Any, objective: str | None = None) -> None:
        self._assessor = assessor
        self._objective = objective
        self._histories: dict[str, list[Any]] = {}

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Add new reports of a running trial, and decide whether to stop it."""
        history = self._histories.setdefault(trial, [])
        history.extend(map(self._handed_over, values))
        return Decision(self._assessor.assess_trial(trial, history) == AssessResult.Bad)

    def _handed_over(self, report: Any) -> Any:
        if self._objective is None or not isinstance(report, Mapping):
            return report
        return report.get(self._objective, math.nan)

    def end(self, trial: str, success: bool) -> None:
        """End a trial; as in NNI, the assessor is notified only if the trial has reported."""
        if self._histories.pop(trial, None):
            self._assessor.trial_end(trial, success)


@dataclass(frozen=True, slots=True)
class Setting:
    """A stopping rule with class arguments.

    Attributes
    ----------
    rule
        A name in `nni_hpo_ext.registry.STOPPING_RULES`.
    arguments
        Class arguments, in addition to ``optimize_mode`` and those that define the rule.

    Examples
    --------
    >>> from nni_hpo_ext.audit import Setting
    >>> str(Setting("median", {"start_step": 5}))
    'median start_step=5'
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
        """Build the assessor for a replay of trials with these objectives.

        Raises
        ------
        ConfigError
            If it rejects an argument.
        """
        arguments = {**STOPPING_RULES[self.rule].arguments, **self.arguments}
        first = objectives[0]
        if self.sees_several and len(objectives) > 1:
            arguments.setdefault("objectives", {o.name: o.direction for o in objectives})
            return AssessorStopper(_class_of(self.rule)(**arguments))
        assessor = _class_of(self.rule)(optimize_mode=first.direction, **arguments)
        return AssessorStopper(assessor, first.name)


def sweep(rules: Sequence[str], options: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Return all combinations of the options, for each rule that accepts them.

    Parameters
    ----------
    rules
        Names in `nni_hpo_ext.registry.STOPPING_RULES`.
    options
        Values to try, by class argument.

    Raises
    ------
    ConfigError
        If a rule is unknown, or no rule accepts an option.

    Examples
    --------
    >>> from nni_hpo_ext.audit import sweep
    >>> [str(setting) for setting in sweep(["median"], {"start_step": [0, 5]})]
    ['median start_step=0', 'median start_step=5']
    """
    for rule in rules:
        if rule not in STOPPING_RULES:
            raise ConfigError(
                f"unknown --rule {rule!r}: must be one of {', '.join(STOPPING_RULES)}"
            )
    taken = {rule: [o for o in options if o in _parameters(rule)] for rule in rules}
    for option in options:
        if not any(option in names for names in taken.values()):
            name = option.replace("_", "-")
            raise ConfigError(f"--{name} is not an argument of {', '.join(rules)}: remove it")
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
