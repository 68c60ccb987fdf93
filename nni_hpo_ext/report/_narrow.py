"""The next search space: narrower where there is evidence, wider where the best sit at a bound."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.report._evidence import Kind, RangeEvidence
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.space import Dimension

__all__ = ["Change", "Narrowing", "narrow"]


@dataclass(frozen=True, slots=True)
class Change:
    """What is proposed for one parameter.

    Attributes
    ----------
    name
        The parameter.
    kind
        What happens to it.
    before, after
        Its ``_value`` in NNI's search space.
    reason
        Why, in one sentence.
    """

    name: str
    kind: Kind
    before: Any
    after: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A proposed search space.

    Attributes
    ----------
    space
        As NNI reads it.
    changes
        One for each parameter, in order.
    trials, elite
        Number of trials it is based on, and of the best among them, which it holds.
    """

    space: Mapping[str, Any]
    changes: tuple[Change, ...]
    trials: int
    elite: int

    @property
    def changed(self) -> bool:
        """Whether it differs from the old one."""
        return any(c.kind != "kept" for c in self.changes)


def narrow(sample: Sample, spec: Mapping[str, Any]) -> Narrowing:
    """Propose a search space for the next experiment.

    A side of a range, or an option, is dropped only if it was tried and the best trials (see
    `elite_mask`) keep clear of it so much that chance would do it in less than 5 % of the cases,
    over all questions asked together (Bonferroni). All of the best lie in what is left, with a
    margin. A bound at which the best crowd is moved out by a quarter of the range,
    unless it may be a natural limit.

    Parameters
    ----------
    sample
        The trials.
    spec
        The old search space.
    """
    evidence = RangeEvidence(sample)
    changes, values = [], {}
    for i, dim in enumerate(sample.space.dimensions):
        before = _value(spec, dim)
        after, kind, reason = evidence.judge(i, before)
        changes.append(Change(dim.name, kind, before, after, reason))
        if kind != "kept":
            values[dim.path] = after
    space = _rewritten(spec, values)
    return Narrowing(space, tuple(changes), evidence.n, int(evidence.elite.sum()))


def _value(spec: Mapping[str, Any], dim: Dimension) -> Any:
    """Return the ``_value`` of a parameter in the search space as it is written."""
    entry: Any = spec
    path = list(dim.path)
    while len(path) > 1:
        options = entry[path[0]]["_value"]
        entry = next(o for o in options if isinstance(o, Mapping) and o.get("_name") == path[1])
        path = path[2:]
    return copy.deepcopy(entry[path[0]]["_value"])


def _rewritten(spec: Mapping[str, Any], values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return a search space with other ``_value`` for some parameters.

    Parameters
    ----------
    spec
        The search space.
    values
        New values by the parameter's path, see `nni_hpo_ext.space.Dimension`. Options of a nested
        choice are listed as they are written in ``spec``; changes within a branch reach it too.
    """
    new = copy.deepcopy(dict(spec))
    # Parents first: what is written anew for a choice brings its branches as they were.
    for path in sorted(values, key=len):
        _set(new, path, copy.deepcopy(values[path]))
    return new


def _set(spec: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    if len(path) == 1:
        spec[path[0]]["_value"] = value
        return
    for option in spec[path[0]]["_value"]:
        if isinstance(option, dict) and option.get("_name") == path[1]:
            _set(option, path[2:], value)  # a branch that was dropped is not met here
