"""Read the options of a training script from its source, without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from nni_hpo_ext.script._annotated import command_options, commands, fields_of, is_dataclass
from nni_hpo_ext.script._argparse import argparse_options
from nni_hpo_ext.script._literals import UNKNOWN, assignments, elements, keywords
from nni_hpo_ext.script._modules import (
    FoundClass,
    SourceFile,
    find_class,
    modules_of,
    read_source,
)
from nni_hpo_ext.script._option import ScriptOption, kind_of

__all__ = ["Script", "Style", "read_script"]

Style = Literal["argparse", "dataclass", "command", "constants", "none"]
# A call such as `isinstance(x, Config)` does not make options of the fields.
_NOT_A_PARSER = ("isinstance", "issubclass", "field", "fields", "cast", "is_dataclass")


@dataclass(frozen=True, slots=True)
class Script:
    """A training script and its options.

    Attributes
    ----------
    source
        The script.
    style
        How it declares its options: with ``argparse``, as the fields of a ``dataclass``, as the
        arguments of a ``command`` (click, typer, fire), or as ``constants`` of the module.
    options
        Its options, in the order of the source.
    gaps
        One line for each thing that could not be read.
    """

    source: SourceFile
    style: Style
    options: tuple[ScriptOption, ...]
    gaps: tuple[str, ...] = ()


def read_script(path: Path) -> Script:
    """Read the options of a training script.

    The script is parsed and never run. If it declares no options itself, those of the modules
    next to it that it imports are read; without any, the constants of the script.

    Parameters
    ----------
    path
        The script.

    Raises
    ------
    DataError
        If the file cannot be read, or is not valid Python.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "train.py")
    ...     _ = path.write_text("parser.add_argument('--lr', type=float, default=0.1)")
    ...     script = read_script(path)
    >>> script.style, script.options[0].name, script.options[0].default
    ('argparse', 'lr', 0.1)
    """
    source = read_source(path)
    gaps: list[str] = []
    for module in modules_of(source):
        found = {style: list(read(module, gaps)) for style, read in _READERS.items()}
        style = next((style for style, options in found.items() if options), None)
        if style is not None:
            return Script(source, style, _distinct(chain(*found.values())), tuple(gaps))
    options = list(_constants(source))
    return Script(source, "constants" if options else "none", tuple(options), tuple(gaps))


def _distinct(options: Iterable[ScriptOption]) -> tuple[ScriptOption, ...]:
    return tuple({option.name: option for option in options}.values())


def _names(source: SourceFile) -> Mapping[str, Any]:
    return {name: found.value for name, found in assignments(source.tree).items()}


def _argparse_options(source: SourceFile, gaps: list[str]) -> Iterator[ScriptOption]:
    return argparse_options(source.tree, _names(source))


def _command_options(source: SourceFile, gaps: list[str]) -> Iterator[ScriptOption]:
    for node in commands(source.tree):
        yield from command_options(node, _names(source))


def _dataclass_options(source: SourceFile, gaps: list[str]) -> Iterator[ScriptOption]:
    """Yield the fields of the dataclasses that the script passes to a parser."""
    for name, is_parsed in _candidates(source.tree).items():
        found = find_class(name, source)
        if isinstance(found, FoundClass):
            yield from _fields(found, gaps)
        elif is_parsed and found not in gaps:
            gaps.append(found)


def _candidates(tree: ast.Module) -> dict[str, bool]:
    """Return the names in calls that may be dataclasses, and whether the call is a parser's."""
    found: dict[str, bool] = {}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or ast.unparse(call.func) in _NOT_A_PARSER:
            continue
        is_parser = ast.unparse(call.func).endswith("Parser")
        given = [*call.args, *keywords(call).values()]
        for item in (item for argument in given for item in elements(argument)):
            name = ast.unparse(item) if isinstance(item, (ast.Name, ast.Attribute)) else ""
            if name.rpartition(".")[2][:1].isupper():
                found[name] = found.get(name, False) or is_parser
    return found


def _fields(found: FoundClass, gaps: list[str]) -> Iterator[ScriptOption]:
    """Yield the fields of a dataclass, those of its bases first."""
    if not is_dataclass(found.node):
        return
    for base in found.node.bases:
        parent = find_class(ast.unparse(base), found.source)
        if isinstance(parent, FoundClass):
            yield from _fields(parent, gaps)
        else:
            gaps.append(parent)
    yield from fields_of(found.node, _names(found.source))


def _constants(source: SourceFile) -> Iterator[ScriptOption]:
    """Yield the module's variables with a plain value."""
    for name, (value, node, line) in assignments(source.tree).items():
        if value is not UNKNOWN and not name.startswith("_"):
            is_computed = any(isinstance(part, ast.Name) for part in ast.walk(node))
            obstacle = "computed from other values" if is_computed else ""
            if isinstance(value, tuple):
                obstacle = "takes several values"
            yield ScriptOption(name, kind_of(value), value, obstacle=obstacle, line=line)


# A script may declare options in several ways. The first of them gives the style.
_READERS: Mapping[Style, Callable[[SourceFile, list[str]], Iterator[ScriptOption]]] = {
    "dataclass": _dataclass_options,
    "argparse": _argparse_options,
    "command": _command_options,
}
