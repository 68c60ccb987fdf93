"""Parse YAML and report its traps: repeated keys, ``on`` as a boolean, expanding aliases."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from nni_hpo_ext.config._limits import DEPTH
from nni_hpo_ext.errors import Finding

__all__ = ["parse_yaml"]

_BOOL = "tag:yaml.org,2002:bool"
_MERGE = "tag:yaml.org,2002:merge"

# Most values after expanding aliases: this many, or this multiple of the values written.
_MANY_VALUES = 100_000
_MULTIPLES = 10


def parse_yaml(text: str) -> tuple[Any, list[Finding], bool]:
    """Return the value, what is wrong with it, and whether it could be read."""
    try:
        loader = _Loader(text)
        value = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = _where(mark) if mark else "file"
        problem = error.problem or " ".join(str(error).split())
        kind = "" if isinstance(error, _RefusedError) else "syntax error: "
        return None, [Finding(where, f"{kind}{problem}", "correct it")], False
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # for example month 13 in a date
        text = " ".join(str(error).split())
        return None, [Finding("file", f"cannot be read: {text}", "correct it")], False
    if value is None:
        return None, [Finding("file", "is empty", "add content, or give another file")], False
    return value, loader.findings, True


class _RefusedError(yaml.composer.ComposerError):
    """Valid YAML that is too large to process."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with limits; measures each node after its children."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.findings: list[Finding] = []
        self._level = 0
        # Values and levels below each node, with aliases expanded.
        self._measures: dict[Node, tuple[int, int]] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        """Compose a node; raise if it is too deep or expands to too many values."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        mark, is_alias = event.start_mark, isinstance(event, yaml.AliasEvent)
        self._level += 1
        if self._level > DEPTH:
            self._refuse(f"nested deeper than {DEPTH} levels", mark)
        node: Node = super().compose_node(parent, index)  # type: ignore[assignment]
        self._level -= 1
        if is_alias and node not in self._measures:
            self._refuse("the alias refers to a node that contains it", mark)
        if not is_alias:
            self._measures[node] = self._measured(node, mark)
            if isinstance(node, MappingNode):
                self._check_keys(node)
        return node

    def _measured(self, node: Node, mark: Any) -> tuple[int, int]:
        measures = [self._measures[child] for child in _children(node)]
        values = 1 + sum(values for values, _ in measures)
        levels = 1 + max((levels for _, levels in measures), default=-1)
        if values > max(_MANY_VALUES, _MULTIPLES * len(self._measures)):
            self._refuse(f"the aliases expand to {values:,} values", mark)
        if levels > DEPTH:
            self._refuse(f"nested deeper than {DEPTH} levels after expanding aliases", mark)
        return values, levels

    def _check_keys(self, node: MappingNode) -> None:
        first: dict[tuple[str, str], ScalarNode] = {}
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag == _MERGE:
                continue
            same = first.setdefault((key.tag, key.value), key)
            where, name = _where(key.start_mark), repr(key.value)
            if same is not key:
                problem = f"key {name} is already given on line {same.start_mark.line + 1}"
                self.findings.append(Finding(where, problem, "remove one of them"))
            if key.tag == _BOOL:
                problem = f"YAML reads the key {key.value} as true or false, not as text"
                self.findings.append(Finding(where, problem, f"put it in quotes: {name}"))

    def _refuse(self, problem: str, mark: Any) -> None:
        raise _RefusedError(None, None, problem, mark)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, CollectionNode) else []


def _where(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
