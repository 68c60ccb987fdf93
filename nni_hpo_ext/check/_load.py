"""YAML and JSON files, read the way NNI reads them, with the line of a syntax error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from nni_hpo_ext.errors import DataError, Finding
from nni_hpo_ext.files import SETTINGS_BYTES, require_size

__all__ = ["read_config", "read_space"]


def read_config(path: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Read a config file; an empty dict and a finding if it cannot be read."""
    text, findings = _text(path)
    if findings:
        return {}, findings
    data, findings = _yaml(text)
    if findings:
        return {}, findings
    if not isinstance(data, dict):
        return {}, [Finding("file", f"holds {type(data).__name__}, no keys", "write key: value")]
    return data, []


def read_space(path: Path) -> tuple[Any, list[Finding]]:
    """Read a search space file: JSON, or else YAML."""
    text, findings = _text(path)
    if findings:
        return None, findings
    try:
        return json.loads(text), []
    except json.JSONDecodeError as error:
        data, findings = _yaml(text)
        if findings and path.suffix == ".json":
            findings = [_syntax(error.lineno, error.colno, error.msg)]
        return data, findings


def _text(path: Path) -> tuple[str, list[Finding]]:
    try:
        require_size(path, SETTINGS_BYTES)
        return path.read_text(encoding="utf-8"), []
    except DataError as error:
        return "", [Finding("file", str(error), "give another file")]
    except OSError as error:
        return "", [Finding("file", f"cannot be read: {error.strerror}", "give another file")]
    except UnicodeDecodeError as error:
        return "", [Finding("file", f"is no UTF-8 text ({error.reason})", "save it as UTF-8")]


def _yaml(text: str) -> tuple[Any, list[Finding]]:
    try:
        return yaml.safe_load(text), []
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return None, [_syntax(line, column, error.problem or str(error))]
    except yaml.YAMLError as error:
        return None, [Finding("file", f"is no YAML: {' '.join(str(error).split())}", "correct it")]


def _syntax(line: int, column: int, problem: str) -> Finding:
    return Finding(f"line {line}, column {column}", f"syntax error: {problem}", "correct it")
