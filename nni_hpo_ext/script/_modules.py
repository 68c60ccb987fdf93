"""Find classes and modules in source files, without importing them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import SETTINGS_BYTES, require_size
from nni_hpo_ext.script._literals import imported_modules

__all__ = ["FoundClass", "SourceFile", "find_class", "modules_of", "read_source"]

_DEEPEST = 8  # imports from one file to the next


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A parsed source file.

    Attributes
    ----------
    path
        The file.
    tree
        Its syntax tree.
    """

    path: Path
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class FoundClass:
    """A class, and the file that defines it."""

    source: SourceFile
    node: ast.ClassDef


def read_source(path: Path) -> SourceFile:
    """Parse a Python file.

    Raises
    ------
    DataError
        If it cannot be read, or is not valid Python.
    """
    try:
        require_size(path, SETTINGS_BYTES)
        return SourceFile(path, ast.parse(path.read_bytes(), filename=str(path)))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise DataError(f"{path}{line} is not valid Python: {reason}") from error


def modules_of(source: SourceFile) -> Iterator[SourceFile]:
    """Yield a script, then the modules next to it that it imports."""
    yield source
    folder = [source.path.parent]
    for path in dict.fromkeys(_file_of(name, folder) for name in imported_modules(source.tree)):
        if path is not None:
            yield read_source(path)


def find_class(name: str, source: SourceFile, depth: int = 0) -> FoundClass | str:
    """Return the class that a module knows by a name, or where the search for it ended.

    Parameters
    ----------
    name
        The name, dotted if it starts with a module.
    source
        The module.
    depth
        Number of imports that led to it.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return FoundClass(source, node)
    for node in ast.walk(source.tree):
        for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
            known = alias.asname or alias.name
            if isinstance(node, ast.ImportFrom) and known == name:
                return _follow(node.module or "", alias.name, source, depth, node.level)
            if isinstance(node, ast.Import) and name.startswith(f"{known}."):
                return _follow(alias.name, name.removeprefix(f"{known}."), source, depth)
    return f"{name} is not defined in {source.path.name}"


def _follow(
    module: str, name: str, source: SourceFile, depth: int, level: int = 0
) -> FoundClass | str:
    folder = source.path.parent
    for _ in range(level - 1):
        folder = folder.parent
    path = _file_of(module, [folder] if level else [folder, *map(Path, sys.path)])
    if path is None or depth >= _DEEPEST:
        return f"{name} is defined in {module}, which is not installed here"
    return find_class(name, read_source(path), depth + 1)


def _file_of(module: str, folders: list[Path]) -> Path | None:
    """Return the file of a module, found as `import` finds it but without running a package."""
    search = [str(folder) for folder in folders]
    path = None
    for part in module.split(".") if module else ["__init__"]:
        spec = PathFinder.find_spec(part, search)
        if spec is None:
            return None
        path, search = spec.origin, list(spec.submodule_search_locations or ())
    return Path(path) if path and path.endswith(".py") else None
