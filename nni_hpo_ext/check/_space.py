"""The search space of a config, from its own keys or from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._load import read_space
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.space import parse

__all__ = ["check_space", "load_space"]

# YAML 1.1 takes 1e-5 for a text: a float needs a dot, and a sign in the exponent.
_NUMBER_AS_TEXT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def load_space(config: Mapping[str, Any], path: Path) -> tuple[Any, Path, list[Finding]]:
    """Return the search space, the file it is in, and what keeps it from being read."""
    named = config.get("searchSpaceFile")
    if named is None:
        return config.get("searchSpace"), path, []
    file = path.parent / Path(str(named)).expanduser()
    if not file.is_file():
        problem = f"{str(named)!r} is not there (looked for {file})"
        finding = Finding("searchSpaceFile", problem, "give a path relative to the config")
        return None, path, [finding]
    space, findings = read_space(file)
    return space, file, findings


def check_space(config: Mapping[str, Any], path: Path) -> list[FileFinding]:
    """Check the search space of the config at ``path``."""
    given = [key for key in ("searchSpace", "searchSpaceFile") if config.get(key) is not None]
    if config.get("useAnnotation"):
        return []
    if not given:
        remedy = "give searchSpaceFile: FILE, or the space itself under searchSpace"
        return [FileFinding(path, Finding("searchSpace", "missing", remedy))]
    space, file, findings = load_space(config, path)
    if not findings:
        findings = list(_texts(space)) or parse(space)[1]
    if len(given) == 2:
        problem = "given beside searchSpaceFile, which NNI takes instead"
        findings = [*findings, Finding("searchSpace", problem, "remove one of the two")]
    prefix = "searchSpace." if file == path and not config.get("searchSpaceFile") else ""
    return [FileFinding(file, _prefixed(f, prefix)) for f in findings]


def _prefixed(finding: Finding, prefix: str) -> Finding:
    if not prefix or finding.where == "search space":
        return finding
    return Finding(prefix + finding.where, finding.problem, finding.remedy)


def _texts(space: Any, path: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Find bounds that YAML read as text, at any depth."""
    if isinstance(space, Mapping):
        for key, value in space.items():
            if key == "_value" and space.get("_type") != "choice":
                yield from _bounds((*path, str(key)), value)
            else:
                yield from _texts(value, (*path, str(key)))
    elif isinstance(space, Sequence) and not isinstance(space, str):
        for item in space:
            yield from _texts(item, path)


def _bounds(path: tuple[str, ...], values: Any) -> Iterator[Finding]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        return
    for value in values:
        if isinstance(value, str) and _NUMBER_AS_TEXT.fullmatch(value):
            yield Finding(
                ".".join(path),
                f"YAML reads {value} as text",
                f"write {float(value)!r}" if "e" not in repr(float(value)) else _dotted(value),
            )


def _dotted(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"write {mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"
