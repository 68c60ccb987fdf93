"""Check the search space of a config, inline or in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.config import Document
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.space import parse

__all__ = ["check_space"]

# YAML 1.1 reads 1e-5 as text: a float needs a dot, and a sign in the exponent.
_NUMBER_AS_TEXT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def check_space(config: Mapping[str, Any], file: Path, space: Document) -> list[Finding]:
    """Check the search space of a config.

    An empty one is not an error here: some tuners define their own parameters.

    Parameters
    ----------
    config
        The config with canonical keys.
    file, space
        The search space as `nni_hpo_ext.config.read_space` returns it.
    """
    given = [key for key in ("searchSpace", "searchSpaceFile") if config.get(key) is not None]
    if config.get("useAnnotation"):
        return []
    if not given:
        remedy = "write searchSpaceFile: FILE, or the space itself under searchSpace"
        return [Finding("searchSpace", "missing", remedy)]
    findings = list(space.findings)
    if space.readable and space.value != {}:
        found = list(_texts(space.value)) or parse(space.value)[1]
        prefix = "" if "searchSpaceFile" in given else "searchSpace."
        findings += [_prefixed(f, prefix) for f in found]
    if len(given) == 2:
        problem = "given together with searchSpaceFile, which NNI uses instead"
        findings.append(Finding("searchSpace", problem, "remove one of the two"))
    return findings


def _prefixed(finding: Finding, prefix: str) -> Finding:
    if not prefix or finding.where == "search space":
        return finding
    return finding.at(prefix + finding.where)


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
