"""Parse NNI search-space JSON to a flat list of dimensions, and report every problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.arguments import is_number
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.space._domains import (
    Choice,
    Domain,
    Integer,
    Normal,
    Uniform,
    value_key,
)
from nni_hpo_ext.space._plain import impossible

__all__ = ["Dimension", "parse"]

_NESTED = "_name"


@dataclass(frozen=True)
class Dimension:
    """One parameter of a flattened search space.

    Attributes
    ----------
    path
        Keys from the root to the parameter, through its enclosing choices.
    domain
        Its values. The options of a nested choice are their names.
    parent
        Index of the dimension of the enclosing nested choice, None at the top level.
    option
        Index of the parent's option under which this dimension is active.
    nested
        For a nested choice, one entry per option: a plain value as written, or None for a branch
        with parameters of its own. None for any other parameter.

    Examples
    --------
    >>> Dimension(("optimizer", "sgd", "lr"), Uniform(0.0, 1.0), parent=0, option=1).name
    'optimizer.sgd.lr'
    """

    path: tuple[str, ...]
    domain: Domain
    parent: int | None = None
    option: int | None = None
    nested: tuple[Any, ...] | None = None

    @property
    def name(self) -> str:
        """The path joined by dots."""
        return ".".join(self.path)


class _Parser:
    def __init__(self) -> None:
        self.dimensions: list[Dimension] = []
        self.findings: list[Finding] = []

    def complain(self, path: Sequence[str], problem: str, remedy: str) -> None:
        self.findings.append(Finding(".".join(path) or "search space", problem, remedy))

    def space(
        self, spec: Mapping[str, Any], path: tuple[str, ...], parent: int | None, option: int | None
    ) -> None:
        for name, entry in spec.items():
            if name == _NESTED and parent is not None:
                continue
            if not isinstance(name, str):
                problem = f"the parameter's name is {name!r}, not text"
                self.complain((*path, str(name)), problem, "put the name in quotes")
                continue
            if not name:
                self.complain((*path, name), "the parameter has no name", "name it")
                continue
            self.parameter(entry, (*path, name), parent, option)

    def parameter(
        self, entry: Any, path: tuple[str, ...], parent: int | None, option: int | None
    ) -> None:
        if not isinstance(entry, Mapping) or "_type" not in entry or "_value" not in entry:
            self.complain(
                path, f"{entry!r:.80} is not a parameter", 'write {"_type": ..., "_value": [...]}'
            )
            return
        kind, value = entry["_type"], entry["_value"]
        if not isinstance(kind, str) or (kind != "choice" and kind not in _BUILDERS):
            known = ", ".join(["choice", *_BUILDERS])
            self.complain((*path, "_type"), f"unknown type {kind!r:.80}", f"use one of {known}")
            return
        where = (*path, "_value")
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.complain(where, f"{value!r:.80} is not a list", "write a list")
            return
        if kind == "choice":
            self.choice(value, path, parent, option)
            return
        domain = self.number(kind, value, where)
        if domain is not None:
            self.dimensions.append(Dimension(path, domain, parent, option))

    def number(self, kind: str, value: Sequence[Any], where: tuple[str, ...]) -> Domain | None:
        names, build = _BUILDERS[kind]
        if len(value) != len(names) or not all(is_number(v) for v in value):
            self.complain(
                where,
                f"{list(value)!r:.80} does not fit {kind}",
                f"write [{', '.join(names)}], numbers",
            )
            return None
        problem = _number_problem(kind, dict(zip(names, value, strict=True)))
        if problem is not None:
            self.complain(where, *problem)
            return None
        return build(*value)

    def choice(
        self, options: Sequence[Any], path: tuple[str, ...], parent: int | None, option: int | None
    ) -> None:
        if not options:
            self.complain((*path, "_value"), "the choice is empty", "list at least one option")
            return
        odd = impossible([o for o in options if not _is_branch(o)], (*path, "_value"))
        if odd is not None:
            self.findings.append(odd)
            return
        branches = [_is_branch(o) for o in options]
        if not any(branches):
            distinct = list({value_key(o): o for o in options}.values())
            self.dimensions.append(Dimension(path, Choice(distinct), parent, option))
            return
        names = [o[_NESTED] if b else o for o, b in zip(options, branches, strict=True)]
        texts = [n for n, b in zip(names, branches, strict=True) if b]
        if not all(isinstance(n, str) and n for n in texts) or len(set(texts)) < len(texts):
            self.complain(
                (*path, "_value"),
                f"branch names {texts!r:.80} are not distinct strings",
                f"give each branch its own {_NESTED}",
            )
            return
        index = len(self.dimensions)
        plain = tuple(None if b else o for o, b in zip(options, branches, strict=True))
        # Branch names are wrapped to keep a branch "x" apart from a plain option "x".
        labels = [{_NESTED: n} if b else n for n, b in zip(names, branches, strict=True)]
        self.dimensions.append(Dimension(path, _BranchChoice(labels), parent, option, plain))
        for position, (branch, is_branch) in enumerate(zip(options, branches, strict=True)):
            if is_branch:
                self.space(branch, (*path, branch[_NESTED]), index, position)


def _is_branch(option: Any) -> bool:
    return isinstance(option, Mapping) and _NESTED in option


class _BranchChoice(Choice):
    """A nested choice. Its options keep their order, which `Dimension.option` refers to."""

    kind = "categorical"


def _number_problem(kind: str, value: Mapping[str, float]) -> tuple[str, str] | None:
    """Return (problem, remedy) for the arguments of a numeric type, None if they are valid."""
    low, high = value.get("low"), value.get("high")
    if kind == "randint" and not (isinstance(low, int) and isinstance(high, int)):
        return f"randint bounds {low!r}, {high!r} are not integers", "write integers"
    if low is not None and high is not None:
        if low > high:
            return f"low {low!r} is above high {high!r}", "swap them"
        if kind == "randint" and low == high:
            return (
                f"randint [{low}, {high}] is empty (the upper bound is exclusive)",
                f"write [{low}, {low + 1}] for the single value {low}",
            )
        if "log" in kind and low <= 0:
            return (
                f"bound {low!r} of {kind} is not above 0",
                'raise the bound; if 0 means "off", use a choice that lists 0',
            )
    if "q" in value and value["q"] <= 0:
        return f"step q {value['q']!r} is not above 0", "give a positive step"
    if "sigma" in value and value["sigma"] <= 0:
        return f"sigma {value['sigma']!r} is not above 0", "give a positive standard deviation"
    return None


_BOUNDS = ("low", "high")
_MOMENTS = ("mu", "sigma")
_BUILDERS: dict[str, tuple[tuple[str, ...], Callable[..., Domain]]] = {
    "randint": (_BOUNDS, Integer),
    "uniform": (_BOUNDS, Uniform),
    "quniform": ((*_BOUNDS, "q"), lambda a, b, q: Uniform(a, b, q=q)),
    "loguniform": (_BOUNDS, lambda a, b: Uniform(a, b, log=True)),
    "qloguniform": ((*_BOUNDS, "q"), lambda a, b, q: Uniform(a, b, log=True, q=q)),
    "normal": (_MOMENTS, Normal),
    "qnormal": ((*_MOMENTS, "q"), lambda m, s, q: Normal(m, s, q=q)),
    "lognormal": (_MOMENTS, lambda m, s: Normal(m, s, log=True)),
    "qlognormal": ((*_MOMENTS, "q"), lambda m, s, q: Normal(m, s, log=True, q=q)),
}


def parse(spec: object) -> tuple[list[Dimension], list[Finding]]:
    """Flatten a search space; parents come before their children.

    Parameters
    ----------
    spec
        The search space as NNI passes it to a tuner: a dict decoded from JSON.

    Returns
    -------
    dimensions, findings
        The parameters, and all problems. Use the former only if the latter is empty.

    Examples
    --------
    >>> dimensions, findings = parse({"lr": {"_type": "uniform", "_value": [1, 0]}})
    >>> print(findings[0])
    lr._value: low 1 is above high 0; swap them
    """
    parser = _Parser()
    if not isinstance(spec, Mapping) or not spec:
        parser.complain((), f"{spec!r:.80} has no parameters", 'write {"name": {"_type": ...}}')
    else:
        parser.space(spec, (), None, None)
    return parser.dimensions, parser.findings
