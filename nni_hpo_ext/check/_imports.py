"""Find packages that a trial script imports and its interpreter does not have."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["missing_packages", "script_packages"]

# What parts of this package need, in addition to what is installed with it.
_NEEDED = {"nni_hpo_ext.trial.torch": "torch", "nni_hpo_ext.trial.keras": "tensorflow"}
_LOOK_UP = """
import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]))
"""
_LIMIT_SECONDS = 20.0


def missing_packages(python: str, script: Path) -> list[str]:
    """Return the packages that a script imports first thing, and `python` does not find.

    Modules next to the script are followed. A script that changes ``sys.path`` is not judged.
    """
    names = script_packages(script)
    if not names or "sys.path" in script.read_text(encoding="utf-8", errors="replace"):
        return []
    try:
        done = subprocess.run(
            [python, "-c", _LOOK_UP, *names],
            cwd=script.parent,
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=True,
        )
        found: list[str] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):  # not a Python that can be asked
        return []
    return found


def script_packages(script: Path) -> list[str]:
    """Return the packages that a script and the modules next to it import first thing."""
    return sorted(set(_imports(script, set())))


def _imports(file: Path, seen: set[Path]) -> Iterator[str]:
    """Yield the packages that a file and the modules next to it import at their top level."""
    seen.add(file)
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return
    for module in _modules(body):
        top = module.partition(".")[0]
        own = [file.parent / f"{top}.py", file.parent / top / "__init__.py"]
        local = next((path for path in own if path.is_file()), None)
        if local is None:
            needed = (name for part, name in _NEEDED.items() if f"{module}.".startswith(f"{part}."))
            yield next(needed, top)
        elif local not in seen:
            yield from _imports(local, seen)


def _modules(body: list[ast.stmt]) -> Iterator[str]:
    # Imports within `if` and `try` are those that a script can do without.
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
