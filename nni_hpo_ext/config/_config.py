"""An NNI config file, read once, in NNI's own canonical names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.config._canonical import canonical
from nni_hpo_ext.config._documents import Document, read_json_or_yaml, read_yaml
from nni_hpo_ext.errors import ConfigError, Finding
from nni_hpo_ext.quick_nni import quick_nni

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["Config", "load_config", "read_config", "read_space", "to_nni"]


@dataclass(frozen=True, slots=True)
class Config:
    """The content of a config file.

    Attributes
    ----------
    path
        The file; relative paths in it start at its directory.
    values
        Its content, the keys in NNI's camel case; empty if it cannot be read.
    written
        How keys that were written otherwise were written, both dotted.
    findings
        What is wrong with the file itself.
    readable
        Whether ``values`` is its content, in spite of the findings.
    """

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    readable: bool = True

    def as_written(self, key: str) -> str:
        """Return a canonical key, or a place below it, as the file spells it."""
        for end in range(len(key), 0, -1):
            if (end == len(key) or key[end] == ".") and key[:end] in self.written:
                return self.written[key[:end]] + key[end:]
        return key


def read_config(path: Path) -> Config:
    """Read a config file."""
    document = read_yaml(path)
    found = document.findings
    if document.readable and not isinstance(document.value, dict):
        problem = f"holds {type(document.value).__name__}, not keys"
        found = (Finding("file", problem, "write key: value"),)
    if not document.readable or not isinstance(document.value, dict):
        return Config(path, findings=found, readable=False)
    values, written, twice = canonical(document.value)
    return Config(path, values, written, (*found, *twice))


def read_space(config: Mapping[str, Any], path: Path) -> tuple[Path, Document]:
    """Return the search space of the config at ``path``, and the file that it is in."""
    named = config.get("searchSpaceFile")
    if named is None:
        return path, Document(config.get("searchSpace"))
    file = path.parent / Path(str(named)).expanduser()
    if file.is_file():
        return file, read_json_or_yaml(file)
    problem = f"{str(named)!r} is not there (looked for {file})"
    finding = Finding("searchSpaceFile", problem, "give a path relative to the config")
    return path, Document(None, (finding,), readable=False)


def load_config(path: Path) -> ExperimentConfig:
    """Read a config file the way NNI does, into its canonical form.

    Raises
    ------
    ConfigError
        If it cannot be read, or NNI refuses it.
    """
    config = read_config(path)
    if not config.readable:
        raise ConfigError(f"{path}: {config.findings[0]}")
    file, space = read_space(config.values, path)
    if not space.readable:
        raise ConfigError(f"{file}: {space.findings[0]}")
    try:
        return to_nni(config)
    except Exception as error:  # NNI raises whatever its internals happen to raise
        raise ConfigError(f"{path}: {error!r}; see `nni-hpo check {path}`") from error


def to_nni(config: Config) -> ExperimentConfig:
    """Return NNI's canonical form of a config.

    Raises
    ------
    Exception
        Whatever NNI's internals happen to raise if it refuses the config.
    """
    quick_nni()
    from nni.experiment.config import ExperimentConfig, utils

    utils.unset_base_path()  # NNI leaves it set after an error and refuses the next file
    utils.set_base_path(config.path.parent)
    try:
        return ExperimentConfig(**config.values).canonical_copy()
    finally:
        utils.unset_base_path()
