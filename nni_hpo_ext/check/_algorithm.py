"""The tuner and the assessor of a config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from nni_hpo_ext import registry
from nni_hpo_ext.check._findings import meant
from nni_hpo_ext.check._keys import ALGORITHM_KEYS, unknown_keys
from nni_hpo_ext.check._probe import CONNECT_SECONDS, Probe, try_out
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.types import Direction

__all__ = ["check_algorithms"]

# NNI 3.0 is archived; these built-ins fail with the libraries of today.
_BROKEN = {
    name.lower(): name
    for name in ("GP", "GPTuner", "Metis", "MetisTuner", "Anneal", "SMAC", "Hyperband", "BOHB")
}
_INSTEAD = "use GaussianProcess, Diversified or Dragonfly (nni-hpo register)"


@dataclass(frozen=True, slots=True)
class _Target:
    """A class to try out, and the key that names it."""

    key: str
    class_name: str
    path: tuple[str, ...] = ()


def check_algorithms(config: Mapping[str, Any], path: Path) -> list[Finding]:
    """Check the tuner and assessor of the config at ``path``."""
    if config.get("tuner") is None and config.get("advisor") is None:
        return [Finding("tuner", "missing", "write tuner: {name: Dragonfly}, TPE or Random")]
    return [
        finding
        for kind in ("tuner", "advisor", "assessor")
        if config.get(kind) is not None
        for finding in _check(kind, config[kind], path)
    ]


def _check(kind: str, algorithm: Any, path: Path) -> list[Finding]:
    if not isinstance(algorithm, Mapping):
        return [Finding(kind, f"{algorithm!r} holds no keys", f"write {kind}: {{name: ...}}")]
    findings = unknown_keys(algorithm, ALGORITHM_KEYS, f"{kind}.")
    args = algorithm.get("classArgs")
    if args is not None and not isinstance(args, Mapping):
        remedy = "write key: value pairs below it"
        findings.append(Finding(f"{kind}.classArgs", f"{args!r} holds no keys", remedy))
    target = _target(kind, algorithm, path)
    if isinstance(target, Finding):
        return [*findings, target]
    if findings:
        return findings
    return _undirected(kind, args or {}) or _tried(kind, target, args or {})


def _target(kind: str, algorithm: Mapping[str, Any], path: Path) -> _Target | Finding:
    name, class_name = algorithm.get("name"), algorithm.get("className")
    if name and class_name:
        return Finding(f"{kind}.name", "given beside className", "remove one of the two")
    if class_name:
        return _custom(kind, str(class_name), algorithm.get("codeDirectory"), path)
    if not name:
        return Finding(f"{kind}.name", "missing", "name a registered algorithm, or className")
    if algorithm.get("codeDirectory") is not None:
        problem = "goes with className only; NNI refuses it beside name"
        return Finding(f"{kind}.codeDirectory", problem, "remove it")
    return _named(kind, str(name))


def _custom(kind: str, class_name: str, directory: Any, path: Path) -> _Target | Finding:
    if directory is None:
        problem = "missing; NNI answers a className without it with a bare AssertionError"
        return Finding(f"{kind}.codeDirectory", problem, "write codeDirectory: .")
    resolved = path.parent / Path(str(directory)).expanduser()
    if not resolved.is_dir():
        problem = f"{str(directory)!r} is no directory (looked for {resolved})"
        return Finding(f"{kind}.codeDirectory", problem, "give a path relative to the config")
    if "." not in class_name:
        problem = f"{class_name!r} names no module"
        return Finding(f"{kind}.className", problem, "write module.Class")
    return _Target(f"{kind}.className", class_name, (str(resolved.resolve()),))


def _named(kind: str, name: str) -> _Target | Finding:
    from nni.tools.package_utils import get_algo_meta, get_all_algo_meta

    key, wanted = f"{kind}.name", "assessor" if kind == "assessor" else "tuner"
    if name.lower() in _BROKEN:
        problem = f"NNI's {_BROKEN[name.lower()]} is broken by today's libraries"
        return Finding(key, problem, _INSTEAD if wanted == "tuner" else "use MedianStopAssessor")
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
    return _hidden(key, name, str(meta.class_name)) or _Target(key, str(meta.class_name))


def _hidden(key: str, name: str, class_name: str) -> Finding | None:
    """Find a name of ours under which NNI, which ignores case, takes an algorithm of its own."""
    for entry in registry.ALGORITHMS:
        if name == entry.name and class_name != entry.class_name:
            problem = f"NNI ignores case and takes its own {class_name.rpartition('.')[2]}"
            return Finding(key, problem, f"write name: {entry.alias}")
    return None


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
        for name, direction in objectives.items()
        if direction not in get_args(Direction)
    ]


def _tried(kind: str, target: _Target, args: Mapping[str, Any]) -> list[Finding]:
    probe = try_out(target.class_name, args, target.path)
    finding = _judge(kind, target, probe)
    return [] if finding is None else [finding]


def _judge(kind: str, target: _Target, probe: Probe) -> Finding | None:
    name = target.class_name
    if probe.stage == "import":
        remedy = "correct className, codeDirectory, or the class's own imports"
        return Finding(target.key, f"{name} cannot be imported: {probe.error}", remedy)
    if probe.stage == "construct":
        remedy = "correct classArgs"
        return Finding(f"{kind}.classArgs", f"{name} refuses them: {probe.error}", remedy)
    if probe.stage == "slow" or probe.seconds > CONNECT_SECONDS:
        took = f"{name} took {probe.seconds:.0f} s to start; NNI waits {CONNECT_SECONDS:g} s"
        return Finding(target.key, took, "import large libraries where they are used")
    return None
