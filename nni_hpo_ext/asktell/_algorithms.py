"""Build the tuner and the assessor of a study from registered names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.quick_nni import quick_nni
from nni_hpo_ext.registry import ALGORITHMS, STOPPING_RULES, rule_of
from nni_hpo_ext.simulate import Component, make
from nni_hpo_ext.study import objectives_of

__all__ = ["make_assessor", "make_tuner"]

Definition = Mapping[str, Any]

# Class arguments that the definition of a study sets itself.
_OWN = ("objectives", "objective", "optimize_mode", "seed")


def make_tuner(definition: Definition) -> tuple[Any, str]:
    """Return a new tuner and its name.

    Raises
    ------
    HpoExtError
        If the name is not registered or the tuner refuses its arguments.
    """
    objectives = definition["objectives"]
    chosen = _component("tuner", definition["tuner"])
    offered = {
        "objectives": objectives,
        "optimize_mode": objectives_of(definition)[0].direction,
        "seed": definition["seed"],
    }
    tuner, arguments = make(chosen, offered)
    if len(objectives) > 1 and "objectives" not in arguments:
        raise ConfigError(f"tuner {chosen.label} optimises one objective, got {len(objectives)}")
    return tuner, chosen.label


def make_assessor(definition: Definition) -> tuple[Any, str]:
    """Return a new assessor and its name; see `make_tuner`."""
    objectives, given = definition["objectives"], definition["assessor"]
    chosen = _component("assessor", given)
    first = objectives_of(definition)[0]
    offered: dict[str, Any] = {"optimize_mode": first.direction, "objective": first.name}
    rule = rule_of({"className": chosen.class_name, "classArgs": given["classArgs"]})
    if rule is not None and STOPPING_RULES[rule].multi_objective:
        offered["objectives"] = objectives
    return make(chosen, offered)[0], chosen.label


def _component(kind: str, given: Mapping[str, Any]) -> Component:
    name, arguments = given["name"], given["classArgs"]
    known = _registered(kind)
    if name not in known:
        raise ConfigError(f"{kind}.name must be one of {', '.join(sorted(known))}, got {name!r}")
    for argument in _OWN:
        if argument in arguments:
            raise ConfigError(
                f"{kind}.classArgs.{argument} is set by the study's own objectives and seed: "
                "remove it"
            )
    return Component(name, known[name], arguments)


def _registered(kind: str) -> dict[str, str]:
    """Return the classes of the registered algorithms by name; ours hide NNI's."""
    quick_nni()
    from nni.tools.package_utils import get_all_algo_meta

    known = {
        meta.name: meta.class_name
        for meta in get_all_algo_meta()
        if meta.algo_type == kind and not meta.is_advisor
    }
    ours = {n: e.class_name for e in ALGORITHMS if e.kind == kind for n in (e.alias, e.name)}
    return {**known, **ours}
