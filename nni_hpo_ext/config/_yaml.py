"""YAML whose traps are named: repeated keys, ``on`` that is not text, aliases that multiply."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from nni_hpo_ext.config._limits import DEPTH
from nni_hpo_ext.errors import Finding

__all__ = ["parse_yaml"]

_BOOL = "tag:yaml.org,2002:bool"
_MERGE = "tag:yaml.org,2002:merge"

# Values that aliases may stand for: above the first number, and so many for each one written.
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
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as month 13 of a date
        said = " ".join(str(error).split())
        return None, [Finding("file", f"cannot be read: {said}", "correct it")], False
    if value is None:
        return None, [Finding("file", "is empty", "write it, or give another file")], False
    return value, loader.findings, True


class _RefusedError(yaml.composer.ComposerError):
    """Sound YAML that would take for ever to work on."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which measures each node when it is complete, children first."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.findings: list[Finding] = []
        self._level = 0
        # Values and levels below each node, aliases written out.
        self._measures: dict[Node, tuple[int, int]] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        """Compose a node, unless it is too deep or stands for too much."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        mark, is_alias = event.start_mark, isinstance(event, yaml.AliasEvent)
        self._level += 1
        if self._level > DEPTH:
            self._refuse(f"nested deeper than {DEPTH} levels", mark)
        node: Node = super().compose_node(parent, index)  # type: ignore[assignment]
        self._level -= 1
        if is_alias and node not in self._measures:
            self._refuse("the alias stands for what it is part of", mark)
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
            self._refuse(f"the aliases stand for {values:,} values", mark)
        if levels > DEPTH:
            self._refuse(f"nested deeper than {DEPTH} levels, by its aliases", mark)
        return values, levels

    def _check_keys(self, node: MappingNode) -> None:
        first: dict[tuple[str, str], ScalarNode] = {}
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag == _MERGE:
                continue
            same = first.setdefault((key.tag, key.value), key)
            where, said = _where(key.start_mark), repr(key.value)
            if same is not key:
                problem = f"key {said} is given on line {same.start_mark.line + 1} already"
                self.findings.append(Finding(where, problem, "remove one of them"))
            if key.tag == _BOOL:
                problem = f"YAML reads the key {key.value} as true or false, not as text"
                self.findings.append(Finding(where, problem, f"put it in quotes: {said}"))

    def _refuse(self, problem: str, mark: Any) -> None:
        raise _RefusedError(None, None, problem, mark)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, CollectionNode) else []


def _where(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
