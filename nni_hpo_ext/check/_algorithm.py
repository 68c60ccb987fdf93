"""Check the tuner and the assessor of a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from nni_hpo_ext import registry
from nni_hpo_ext.check._findings import meant
from nni_hpo_ext.check._keys import unknown_keys
from nni_hpo_ext.check._probe import Probe, Target, try_out
from nni_hpo_ext.check._start import check_start
from nni_hpo_ext.config import ALGORITHM_KEYS
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.space import impossible, parse
from nni_hpo_ext.types import Direction

__all__ = ["check_algorithms"]

# NNI 3.0 is archived; these built-ins fail with current libraries.
_BROKEN = {
    name.lower(): name
    for name in ("GP", "GPTuner", "Metis", "MetisTuner", "Anneal", "SMAC", "Hyperband", "BOHB")
}
_SUCCESSORS = {"hyperband": "HyperbandExt", "bohb": "BOHBExt"}
_ALTERNATIVES = "GaussianProcess, Diversified or Dragonfly"


def check_algorithms(config: Mapping[str, Any], path: Path, space: Any = None) -> list[Finding]:
    """Check the tuner and assessor of the config at ``path``.

    Parameters
    ----------
    config, path
        The config with canonical keys, and its file.
    space
        The search space. The tuner's arguments must fit it. If it is empty, the check finds out
        whether the tuner needs one.
    """
    if config.get("tuner") is None and config.get("advisor") is None:
        return [Finding("tuner", "missing", "write for example tuner: {name: Dragonfly}")]
    findings, targets = [], {}
    for kind in ("tuner", "advisor", "assessor"):
        if config.get(kind) is not None:
            found = _check(kind, config[kind], path)
            if isinstance(found, list):
                findings += found
            else:
                targets[kind] = found
    if "tuner" in targets and (space == {} or not parse(space)[1]):
        key, target = targets["tuner"]
        targets["tuner"] = key, replace(target, space=space)
    return findings + _probed(targets) + _namesakes(config, targets)


def _check(kind: str, algorithm: Any, path: Path) -> tuple[str, Target] | list[Finding]:
    """Return the key that names the class and the class, or the findings."""
    if not isinstance(algorithm, Mapping):
        return [Finding(kind, f"{algorithm!r} is not a mapping", f"write {kind}: {{name: ...}}")]
    findings = unknown_keys(algorithm, ALGORITHM_KEYS, f"{kind}.")
    args = algorithm.get("classArgs") or {}
    findings += _arguments(kind, args)
    found = _named_class(kind, algorithm, path)
    if isinstance(found, Finding):
        return [*findings, found]
    key, target = found
    return findings or _undirected(kind, args) or (key, replace(target, args=dict(args)))


def _arguments(kind: str, args: Any) -> list[Finding]:
    where = f"{kind}.classArgs"
    if not isinstance(args, Mapping):
        return [Finding(where, f"{args!r} is not a mapping", "write key: value pairs")]
    found = impossible(args, (kind, "classArgs"))
    return [] if found is None else [found]


def _named_class(
    kind: str, algorithm: Mapping[str, Any], path: Path
) -> tuple[str, Target] | Finding:
    name, class_name = algorithm.get("name"), algorithm.get("className")
    if name and class_name:
        return Finding(f"{kind}.name", "given together with className", "remove one of the two")
    if class_name:
        return _custom(kind, str(class_name), algorithm.get("codeDirectory"), path)
    if not name:
        return Finding(f"{kind}.name", "missing", "name a registered algorithm, or className")
    if algorithm.get("codeDirectory") is not None:
        problem = "is valid only with className; NNI rejects it together with name"
        return Finding(f"{kind}.codeDirectory", problem, "remove it")
    return _named(kind, str(name))


def _custom(kind: str, class_name: str, directory: Any, path: Path) -> tuple[str, Target] | Finding:
    if directory is None:
        problem = "missing; with className, NNI requires it"
        return Finding(f"{kind}.codeDirectory", problem, "write codeDirectory: .")
    resolved = path.parent / Path(str(directory)).expanduser()
    if not resolved.is_dir():
        problem = f"{str(directory)!r} is not a directory (looked for {resolved})"
        return Finding(f"{kind}.codeDirectory", problem, "give a path relative to the config")
    if "." not in class_name:
        problem = f"{class_name!r} does not include a module"
        return Finding(f"{kind}.className", problem, "write module.Class")
    return f"{kind}.className", Target(class_name, path=(str(resolved.resolve()),))


def _named(kind: str, name: str) -> tuple[str, Target] | Finding:
    from nni.tools.package_utils import get_algo_meta, get_all_algo_meta

    key, wanted = f"{kind}.name", "assessor" if kind == "assessor" else "tuner"
    if name.lower() in _BROKEN:
        problem = f"NNI's {_BROKEN[name.lower()]} does not work with current libraries"
        instead = _SUCCESSORS.get(name.lower(), _ALTERNATIVES)
        remedy = f"use {instead} (nni-hpo register)"
        return Finding(key, problem, remedy if wanted == "tuner" else "use MedianStopAssessor")
    meta = get_algo_meta(name)
    if meta is None:
        ours = [e.name for e in registry.ALGORITHMS if name in (e.name, e.alias)]
        known = [m.name for m in get_all_algo_meta() if m.algo_type == wanted]
        usable = [n for n in known if n.lower() not in _BROKEN]
        otherwise = f"use one of {', '.join(usable)}, or register it with nnictl algo register"
        remedy = "run `nni-hpo register`" if ours else meant(name, usable, otherwise)
        return Finding(key, f"{name!r} is not registered in NNI", remedy)
    if meta.algo_type != wanted:
        article = "an" if meta.algo_type == "assessor" else "a"
        return Finding(
            key, f"{name} is {article} {meta.algo_type}", f"write it under {meta.algo_type}"
        )
    found = key, Target(str(meta.class_name))
    return found if name == meta.name else _hidden(key, name, str(meta.class_name)) or found


def _hidden(key: str, name: str, class_name: str) -> Finding | None:
    """Find a name of ours that NNI, ignoring case, resolves to its own algorithm."""
    for entry in registry.ALGORITHMS:
        if name == entry.name and class_name != entry.class_name:
            problem = f"NNI ignores case and uses its own {class_name.rpartition('.')[2]}"
            return Finding(key, problem, f"write name: {entry.alias}")
    return None


def _namesakes(
    config: Mapping[str, Any], targets: Mapping[str, tuple[str, Target]]
) -> list[Finding]:
    """Find algorithms of NNI that have the same name as one of ours."""
    ours = {entry.name: entry for entry in registry.ALGORITHMS}
    return [
        Finding(
            key,
            f"{entry.name} is NNI's own tuner; this package has one of that name",
            f"for ours write name: {entry.alias}",
            warning=True,
        )
        for kind, (key, target) in targets.items()
        if (entry := ours.get(config[kind].get("name"))) and target.class_name != entry.class_name
    ]


def _undirected(kind: str, args: Mapping[str, Any]) -> list[Finding]:
    """Find objectives without a direction."""
    objectives = args.get("objectives")
    if not isinstance(objectives, Mapping):
        return []
    return [
        Finding(
            f"{kind}.classArgs.objectives.{name}",
            f"direction {direction!r}" if direction else "no direction",
            "write maximize or minimize",
        )
        for name, goal in objectives.items()
        for direction in [goal.get("direction") if isinstance(goal, Mapping) else goal]
        if direction not in get_args(Direction)
    ]


def _probed(targets: Mapping[str, tuple[str, Target]]) -> list[Finding]:
    """Probe the classes, ``{kind: (key that names it, class)}``."""
    if not targets:
        return []
    probes = try_out([target for _, target in targets.values()])
    found = [
        _judge(kind, *named, probe)
        for (kind, named), probe in zip(targets.items(), probes, strict=True)
    ]
    findings = [finding for finding in found if finding is not None]
    keys = [key for key, _ in targets.values()]
    return findings or check_start(dict(zip(keys, probes, strict=True)))


def _judge(kind: str, key: str, target: Target, probe: Probe) -> Finding | None:
    name = target.class_name
    if probe.stage == "import":
        remedy = "correct className, codeDirectory, or the class's own imports"
        return Finding(key, f"{name} cannot be imported: {probe.error}", remedy)
    if probe.stage == "construct":
        problem = f"{name} rejects them: {probe.error}"
        return Finding(f"{kind}.classArgs", problem, _correct_argument(probe))
    if probe.stage == "fit":
        problem = f"{name} rejects them for this search space: {probe.error}"
        return Finding(f"{kind}.classArgs", problem, "correct classArgs")
    if probe.stage == "suggest":
        problem = f"is empty, but {name} needs parameters: {probe.error}"
        return Finding("searchSpace", problem, 'write {"name": {"_type": ..., "_value": ...}}')
    if probe.stage == "slow":
        problem = f"starting {name} {probe.error}"
        return Finding(key, problem, "import large libraries where they are used")
    return None


def _correct_argument(probe: Probe) -> str:
    """Return the remedy for rejected class arguments: a similar name if there is one."""
    unexpected = re.search(r"unexpected keyword argument '(\w+)'", probe.error)
    if unexpected is None or not probe.parameters:
        return "correct classArgs"
    return meant(unexpected[1], probe.parameters, f"use one of {', '.join(probe.parameters)}")
