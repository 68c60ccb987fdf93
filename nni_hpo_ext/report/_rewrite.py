"""Changes the values of some parameters in an NNI search space."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

__all__ = ["rewritten"]

_Path = tuple[str, ...]


def rewritten(spec: Mapping[str, Any], values: Mapping[_Path, Any]) -> dict[str, Any]:
    """Return a search space with other ``_value`` for some parameters.

    Parameters
    ----------
    spec
        The search space.
    values
        New values by the parameter's path, see `nni_hpo_ext.space.Dimension`. Options of a nested
        choice are listed as they are written in ``spec``; changes within a branch reach it too.
    """
    new = copy.deepcopy(dict(spec))
    # Parents first: what is written anew for a choice brings its branches as they were.
    for path in sorted(values, key=len):
        _set(new, path, copy.deepcopy(values[path]))
    return new


def _set(spec: dict[str, Any], path: _Path, value: Any) -> None:
    if len(path) == 1:
        spec[path[0]]["_value"] = value
        return
    for option in spec[path[0]]["_value"]:
        if isinstance(option, dict) and option.get("_name") == path[1]:
            _set(option, path[2:], value)  # a branch that was dropped is not met here
