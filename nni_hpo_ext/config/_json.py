"""Parse JSON and report duplicate keys, of which Python and NNI silently use the last."""

from __future__ import annotations

import json
from typing import Any

from nni_hpo_ext.config._limits import is_too_deep, too_deep
from nni_hpo_ext.errors import Finding

__all__ = ["parse_json"]


def parse_json(text: str) -> tuple[Any, list[Finding], bool]:
    """Return the value, what is wrong with it, and whether it could be read."""
    findings: list[Finding] = []

    def built(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        given = dict(pairs)
        if len(given) < len(pairs):
            findings.extend(_repeated([key for key, _ in pairs]))
        return given

    try:
        value = json.loads(text, object_pairs_hook=built)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return None, [Finding(where, f"syntax error: {error.msg}", "correct it")], False
    except RecursionError:
        return None, [too_deep()], False
    except ValueError as error:  # for example an integer of thousands of digits
        return None, [Finding("file", f"cannot be read: {error}", "correct it")], False
    return (None, [too_deep()], False) if is_too_deep(value) else (value, findings, True)


def _repeated(keys: list[str]) -> list[Finding]:
    repeated = dict.fromkeys(key for key in keys if keys.count(key) > 1)
    return [
        Finding(key, "given twice in one object; only the last one is used", "remove one of them")
        for key in repeated
    ]
