"""Read the file of ``-c``: class arguments of the tuner and the assessor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.config import read_yaml
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.files import SETTINGS_BYTES, require_size

__all__ = ["read_arguments"]

_SECTIONS = ("tuner", "assessor")


def read_arguments(path: Path | None, folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """Read the class arguments of the tuner and the assessor.

    Parameters
    ----------
    path
        A YAML file with the optional keys ``tuner`` and ``assessor``, each a mapping; the ending
        ``.yml`` or ``.yaml`` may be omitted. None for no arguments.
    folder
        Directory of the file; None for the working directory.

    Returns
    -------
    dict
        Both sections; a missing one is empty.

    Raises
    ------
    ConfigError
        If the file is missing or malformed.
    """
    if path is None:
        if folder is not None:
            raise ConfigError(f"-rc {folder} is the folder of a file: name that with -c")
        return {name: {} for name in _SECTIONS}
    path = path if folder is None else folder / path
    found = [p for p in (path, *(Path(f"{path}{end}") for end in (".yml", ".yaml"))) if p.is_file()]
    if not found:
        raise ConfigError(f"{path}: no such file (nor with .yml or .yaml)")
    require_size(found[0], SETTINGS_BYTES)
    document = read_yaml(found[0])
    if document.findings:
        raise ConfigError(f"{found[0]}: {document.findings[0]}")
    return _sections(found[0], document.value)


def _sections(path: Path, content: object) -> dict[str, dict[str, Any]]:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path} must be a mapping with the keys tuner and assessor")
    unknown = [key for key in content if key not in _SECTIONS]
    if unknown:
        raise ConfigError(
            f"{path}: unknown key {unknown[0]!r}: class arguments go under "
            f"{' and '.join(_SECTIONS)}"
        )
    sections = {}
    for name in _SECTIONS:
        section = content.get(name) or {}
        if not isinstance(section, Mapping):
            raise ConfigError(f"{path}: {name} must be a mapping, got {section!r:.60}")
        sections[name] = {str(key): value for key, value in section.items()}
    return sections
