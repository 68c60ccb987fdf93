"""Propose the next search space: narrower where there is evidence, wider at crowded bounds."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.report._evidence import Kind, RangeEvidence
from nni_hpo_ext.report._sample import Sample, make_sample
from nni_hpo_ext.space import Dimension
from nni_hpo_ext.study import Study

__all__ = ["Change", "Narrowing", "narrow", "next_space"]


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change of one parameter.

    Attributes
    ----------
    name
        Name of the parameter.
    kind
        Kind of the change: ``advice`` leaves the parameter as it is, but a person should look.
    before, after
        Its ``_value`` in NNI's search space.
    reason
        The reason in one sentence.

    Examples
    --------
    >>> Change("lr", "kept", [0, 1], [0, 1], "no evidence for a narrower range").changed
    False
    """

    name: str
    kind: Kind
    before: Any
    after: Any
    reason: str

    @property
    def changed(self) -> bool:
        """Whether the parameter differs in the new search space."""
        return self.kind in ("narrowed", "widened")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A proposed search space.

    Attributes
    ----------
    space
        NNI search space.
    changes
        One for each parameter, in order.
    trials, elite
        Number of trials it is based on, and of the best among them, which it contains.

    Examples
    --------
    >>> Narrowing({}, (), trials=0, elite=0).changed
    False
    """

    space: Mapping[str, Any]
    changes: tuple[Change, ...]
    trials: int
    elite: int

    @property
    def changed(self) -> bool:
        """Whether it differs from the old search space."""
        return any(c.changed for c in self.changes)


def next_space(study: Study) -> Narrowing:
    """Propose a search space for the experiment after a study, with a reason for each change.

    Parameters
    ----------
    study
        The study.

    Raises
    ------
    DataError
        If its search space is not known.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.report import next_space
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> next_space(study_of_run(run, Path("branin.jsonl"))).changes[0].reason
    'too few trials: 5, with 5 of the best'
    """
    sample = make_sample(study)
    if sample is None or study.space is None:
        raise DataError(f"{study.place}: the search space of {study.id} is not known")
    return narrow(sample, study.space)


def narrow(sample: Sample, spec: Mapping[str, Any]) -> Narrowing:
    """Propose a search space for the next experiment.

    A side of a range, or an option, is removed only if it was explored and contains none of the
    best trials (see `elite_mask`), with less than 5 % probability by chance over all tests together
    (Bonferroni). The new space contains all of the best trials, with a margin. A bound where the
    best trials cluster is extended by a quarter of the range, unless it may be a natural limit.

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
        if changes[-1].changed:
            values[dim.path] = after
    space = _rewritten(spec, values)
    return Narrowing(space, tuple(changes), evidence.n, int(evidence.elite.sum()))


def _value(spec: Mapping[str, Any], dim: Dimension) -> Any:
    """Return the ``_value`` of a parameter as written in the search space."""
    entry: Any = spec
    path = list(dim.path)
    while len(path) > 1:
        options = entry[path[0]]["_value"]
        entry = next(o for o in options if isinstance(o, Mapping) and o.get("_name") == path[1])
        path = path[2:]
    return copy.deepcopy(entry[path[0]]["_value"])


def _rewritten(spec: Mapping[str, Any], values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return a search space with a new ``_value`` for some parameters.

    Parameters
    ----------
    spec
        The search space.
    values
        New values by path of the parameter, see `nni_hpo_ext.space.Dimension`. Options of a nested
        choice are listed as written in ``spec``; changes within a branch apply as well.
    """
    new = copy.deepcopy(dict(spec))
    # Parents first: the new value of a choice contains its unchanged branches.
    for path in sorted(values, key=len):
        _set(new, path, copy.deepcopy(values[path]))
    return new


def _set(spec: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    if len(path) == 1:
        spec[path[0]]["_value"] = value
        return
    for option in spec[path[0]]["_value"]:
        if isinstance(option, dict) and option.get("_name") == path[1]:
            _set(option, path[2:], value)  # removed branches are not among the options
