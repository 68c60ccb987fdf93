"""Read a user's YAML and JSON files and report their problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.config._json import parse_json
from nni_hpo_ext.config._yaml import parse_yaml
from nni_hpo_ext.errors import DataError, Finding
from nni_hpo_ext.files import SETTINGS_BYTES, require_size

__all__ = ["Document", "read_json_or_yaml", "read_yaml"]


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file.

    Attributes
    ----------
    value
        Plain values; None if the file cannot be read.
    findings
        What is wrong with it.
    readable
        Whether the file could be read; ``value`` is then its content, even with findings.
    """

    value: Any
    findings: tuple[Finding, ...] = ()
    readable: bool = True


def read_yaml(path: Path) -> Document:
    """Read a YAML file; JSON is YAML too.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text("{port: 8080, port: 8081}")
    ...     document = read_yaml(path)
    >>> document.value
    {'port': 8081}
    >>> print(document.findings[0])
    line 1, column 14: key 'port' is already given on line 1; remove one of them
    """
    return _read(path, lambda text: parse_yaml(text))


def read_json_or_yaml(path: Path) -> Document:
    """Read JSON or, failing that, YAML, as NNI reads search spaces.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "space.json")
    ...     _ = path.write_text('{"lr": {"_type": "uniform", "_value": [0, 1]}}')
    ...     document = read_json_or_yaml(path)
    >>> document.value["lr"]["_value"]
    [0, 1]
    """
    return _read(path, lambda text: _json_or_yaml(text, prefer_json=path.suffix == ".json"))


def _read(path: Path, parse: Callable[[str], tuple[Any, list[Finding], bool]]) -> Document:
    try:
        require_size(path, SETTINGS_BYTES)
        text = path.read_text(encoding="utf-8")
    except DataError as error:
        return _unreadable(str(error), "give another file")
    except OSError as error:
        return _unreadable(f"cannot be read: {error.strerror}", "give another file")
    except UnicodeDecodeError as error:
        return _unreadable(f"is not UTF-8 text ({error.reason})", "save it as UTF-8")
    if not text.strip():
        return _unreadable("is empty", "add content, or give another file")
    value, findings, readable = parse(text)
    return Document(value, tuple(findings), readable)


def _json_or_yaml(text: str, *, prefer_json: bool) -> tuple[Any, list[Finding], bool]:
    value, findings, readable = parse_json(text)
    if readable:
        return value, findings, True
    value, found, readable = parse_yaml(text)
    return value, findings if prefer_json and not readable else found, readable


def _unreadable(problem: str, remedy: str) -> Document:
    return Document(None, (Finding("file", problem, remedy),), readable=False)
