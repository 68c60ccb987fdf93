"""The file of ``-c``: class arguments of the tuner and of the early-stopping assessor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.files import SETTINGS_BYTES, require_size

__all__ = ["read_arguments"]

_SECTIONS = ("tuner", "assessor")


def read_arguments(path: Path) -> dict[str, dict[str, Any]]:
    """Read the class arguments of the tuner and the assessor.

    Parameters
    ----------
    path
        A YAML file with the keys ``tuner`` and ``assessor``, each optional and a mapping; the
        ending ``.yml`` or ``.yaml`` may be left out.

    Returns
    -------
    dict
        Both sections; those left out are empty.

    Raises
    ------
    ConfigError
        If there is no such file or it holds something else.
    """
    found = [p for p in (path, *(Path(f"{path}{end}") for end in (".yml", ".yaml"))) if p.is_file()]
    if not found:
        raise ConfigError(f"{path}: no such file (nor with .yml or .yaml)")
    try:
        require_size(found[0], SETTINGS_BYTES)
        content = yaml.safe_load(found[0].read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{found[0]} is no YAML: {' '.join(str(error).split())}") from error
    return _sections(found[0], content)


def _sections(path: Path, content: object) -> dict[str, dict[str, Any]]:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path} holds no keys: write class arguments below tuner and assessor")
    unknown = [key for key in content if key not in _SECTIONS]
    if unknown:
        raise ConfigError(
            f"{path}: key {unknown[0]!r} is not known: write class arguments below "
            f"{' and '.join(_SECTIONS)}"
        )
    sections = {}
    for name in _SECTIONS:
        section = content.get(name) or {}
        if not isinstance(section, Mapping):
            raise ConfigError(f"{path}: {name} {section!r:.60} is no mapping of class arguments")
        sections[name] = {str(key): value for key, value in section.items()}
    return sections
