"""Options that have an annotation and a default: fields of dataclasses, arguments of functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from nni_hpo_ext.script._argparse import declared_option
from nni_hpo_ext.script._literals import UNKNOWN, elements, keywords, last_name, value_of
from nni_hpo_ext.script._option import Kind, ScriptOption, kind_of

__all__ = ["command_options", "commands", "fields_of", "is_dataclass"]

_KINDS: Mapping[str, Kind] = {"int": "int", "float": "float", "bool": "bool", "str": "str"}
_SEVERAL = {"list", "List", "tuple", "Tuple", "dict", "Dict", "Sequence", "set"}
# What wraps a default: `field` of dataclasses, and Option and Argument of typer.
_WRAPPERS = ("field", "Option", "Argument")


def is_dataclass(node: ast.ClassDef) -> bool:
    """Return whether a class has a decorator such as ``dataclass``."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return any("dataclass" in last_name(decorator) for decorator in decorators)


def fields_of(node: ast.ClassDef, names: Mapping[str, Any]) -> Iterator[ScriptOption]:
    """Yield the fields of a dataclass as options.

    Parameters
    ----------
    node
        The class.
    names
        Constants of its module.
    """
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            if last_name(_plain(item.annotation)[0]) == "ClassVar":
                continue
            flag = "--" + item.target.id
            yield _option(item.target.id, item.annotation, item.value, names, flag)


def commands(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions that click, typer or fire makes a command of."""
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    called = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    run = {
        last_name(argument)
        for call in called
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("run", "Fire")
        for argument in call.args
    }
    decorated = {name for name, node in functions.items() if "command" in _decorators(node)}
    return [node for name, node in functions.items() if name in run | decorated]


def _decorators(node: ast.FunctionDef) -> set[str]:
    return {last_name(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list}


def command_options(node: ast.FunctionDef, names: Mapping[str, Any]) -> Iterator[ScriptOption]:
    """Yield the options of a command: click's decorators, else the function's arguments.

    Parameters
    ----------
    node
        The function.
    names
        Constants of its module.
    """
    declared = [
        d
        for d in node.decorator_list
        if isinstance(d, ast.Call) and last_name(d.func) in ("option", "argument")
    ]
    if declared:
        yield from filter(None, (declared_option(call, names) for call in declared))
        return
    arguments = [*node.args.args, *node.args.kwonlyargs]
    missing = [None] * (len(node.args.args) - len(node.args.defaults))
    defaults = [*missing, *node.args.defaults, *node.args.kw_defaults]
    for argument, default in zip(arguments, defaults, strict=True):
        flag = "--" + argument.arg.replace("_", "-")
        yield _option(argument.arg, argument.annotation, default, names, flag)


def _option(
    name: str,
    annotation: ast.expr | None,
    default: ast.expr | None,
    names: Mapping[str, Any],
    flag: str,
) -> ScriptOption:
    node, given = _unwrapped(default)
    value = value_of(node, names)
    known = None if value is UNKNOWN or value is ... else value
    parts = _plain(annotation)
    kinds = [_KINDS[n] for n in map(last_name, parts) if n in _KINDS] or [kind_of(known)]
    choices = _literal_choices(parts) or value_of(_listed_choices(given), names)
    several = any(last_name(p) in _SEVERAL for p in parts) or "default_factory" in given
    obstacle = "its default is computed when the script runs" if value is UNKNOWN else ""
    return ScriptOption(
        name=name,
        kind=kinds[0],
        default=known,
        choices=choices if isinstance(choices, tuple) else (),
        required=value is ... or (node is None and "default_factory" not in given),
        flag=flag,
        obstacle="takes several values" if several else obstacle,
        line=getattr(annotation or default, "lineno", 0),
    )


def _unwrapped(default: ast.expr | None) -> tuple[ast.expr | None, dict[str, ast.expr]]:
    """Return the default itself, and the other arguments of a call that wraps it."""
    if not isinstance(default, ast.Call) or last_name(default.func) not in _WRAPPERS:
        return default, {}
    given = keywords(default)
    return given.get("default", default.args[0] if default.args else None), given


def _plain(annotation: ast.expr | None) -> list[ast.expr]:
    """Return the types that an annotation allows: parts of a union, without None and wrappers."""
    match annotation:
        case ast.Constant(value=str(text)):
            return _plain(ast.parse(text, mode="eval").body)
        case ast.BinOp(op=ast.BitOr()):
            return _plain(annotation.left) + _plain(annotation.right)
        case ast.Subscript() if last_name(annotation.value) in ("Optional", "Union"):
            inner = annotation.slice
            return [plain for part in elements(inner) for plain in _plain(part)]
        case ast.Subscript() if last_name(annotation.value) in ("Annotated", "Final"):
            inner = annotation.slice
            return _plain(elements(inner)[0])
        case ast.Subscript() if last_name(annotation.value) != "Literal":
            return [annotation.value]
        case None | ast.Constant(value=None):
            return []
        case _:
            return [annotation]


def _literal_choices(parts: list[ast.expr]) -> tuple[Any, ...]:
    for part in parts:
        if isinstance(part, ast.Subscript) and last_name(part.value) == "Literal":
            return tuple(value_of(value, {}) for value in elements(part.slice))
    return ()


def _listed_choices(given: Mapping[str, ast.expr]) -> ast.expr | None:
    """Return the node of ``metadata={"choices": [...]}``."""
    metadata = given.get("metadata")
    if isinstance(metadata, ast.Dict):
        for key, value in zip(metadata.keys, metadata.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "choices":
                return value
    return None
