"""Values of expressions that are known without running the script."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

__all__ = [
    "UNKNOWN",
    "Assignment",
    "assigned_names",
    "assignments",
    "elements",
    "imported_modules",
    "keywords",
    "last_name",
    "value_of",
]

UNKNOWN: Final = object()
"""The value of an expression that only a run of the script can tell."""

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_LARGEST_EXPONENT = 64  # a script may contain 9**9**9


def value_of(node: ast.expr | None, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression of literals, arithmetic and known names.

    Parameters
    ----------
    node
        The expression, None for a missing one, whose value is None.
    names
        Values of the known names.
    """
    match node:
        case None:
            return None
        case ast.Constant():
            return node.value
        case ast.Name():
            return names.get(node.id, UNKNOWN)
        case ast.UnaryOp(op=ast.USub()):
            value = value_of(node.operand, names)
            return -value if _is_number(value) else UNKNOWN
        case ast.BinOp():
            return _arithmetic(node, names)
        case ast.List() | ast.Tuple() | ast.Set():
            values = [value_of(item, names) for item in node.elts]
            return UNKNOWN if UNKNOWN in values else tuple(values)
        case _:
            return UNKNOWN


def _arithmetic(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
    left, right = value_of(node.left, names), value_of(node.right, names)
    compute = _OPERATORS.get(type(node.op))
    if compute is None or not (_is_number(left) and _is_number(right)):
        return UNKNOWN
    if isinstance(node.op, ast.Pow) and abs(right) > _LARGEST_EXPONENT:
        return UNKNOWN
    try:
        return compute(left, right)
    except (ArithmeticError, ValueError):
        return UNKNOWN


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Assignment(NamedTuple):
    """What a module assigns to a name last: the value, its expression, and its last line."""

    value: Any
    node: ast.expr
    line: int


def assignments(tree: ast.Module) -> dict[str, Assignment]:
    """Return what a module assigns to names at its top level."""
    found: dict[str, Assignment] = {}
    names: dict[str, Any] = {}
    for statement in tree.body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        node = statement.value
        for name in assigned_names(statement):
            names[name] = value_of(node, names)
            found[name] = Assignment(names[name], node, node.end_lineno or node.lineno)
    return found


def assigned_names(statement: ast.stmt) -> list[str]:
    """Return the names that a statement assigns to, also those in a tuple."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    parts = [part for target in targets for part in elements(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def elements(node: ast.expr | None) -> list[ast.expr]:
    """Return the elements of a tuple or a list, or the expression itself."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return node.elts
    return [] if node is None else [node]


def imported_modules(tree: ast.Module) -> list[str]:
    """Return the modules that a file imports, wherever it does."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    return found


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """Return the keyword arguments of a call by name."""
    return {word.arg: word.value for word in call.keywords if word.arg is not None}


def last_name(node: ast.expr | None) -> str:
    """Return the last part of a dotted name, empty for any other expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
