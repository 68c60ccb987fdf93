"""Read an NNI config file into NNI's canonical names."""

from __future__ import annotations

import warnings
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
        The file; paths in it are relative to its directory.
    values
        Its content with keys in NNI's camel case; empty if it cannot be read.
    written
        Original spelling of each key that is not in camel case, both dotted.
    findings
        What is wrong with the file itself.
    readable
        Whether the file could be read; ``values`` is then its content, even with findings.
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
    """Read a config file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text("trial_concurrency: 2")
    ...     config = read_config(path)
    >>> config.values
    {'trialConcurrency': 2}
    >>> config.as_written("trialConcurrency")
    'trial_concurrency'
    """
    document = read_yaml(path)
    found = document.findings
    if document.readable and not isinstance(document.value, dict):
        problem = f"is a {type(document.value).__name__}, not a mapping"
        found = (Finding("file", problem, "write key: value"),)
    if not document.readable or not isinstance(document.value, dict):
        return Config(path, findings=found, readable=False)
    values, written, twice = canonical(document.value)
    return Config(path, values, written, (*found, *twice))


def read_space(config: Mapping[str, Any], path: Path) -> tuple[Path, Document]:
    """Return the search space of the config at ``path``, and the file that holds it.

    Examples
    --------
    >>> from pathlib import Path
    >>> config = {"searchSpace": {"units": {"_type": "choice", "_value": [32, 64]}}}
    >>> file, space = read_space(config, Path("config.yml"))
    >>> file.name, list(space.value)
    ('config.yml', ['units'])
    """
    named = config.get("searchSpaceFile")
    if named is None:
        return path, Document(config.get("searchSpace"))
    file = path.parent / Path(str(named)).expanduser()
    if file.is_file():
        return file, read_json_or_yaml(file)
    problem = f"{str(named)!r} does not exist (looked for {file})"
    finding = Finding("searchSpaceFile", problem, "give a path relative to the config")
    return path, Document(None, (finding,), readable=False)


def load_config(path: Path) -> ExperimentConfig:
    """Read a config file the way NNI does, into its canonical form.

    Raises
    ------
    ConfigError
        If it cannot be read, or NNI rejects it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> config = '''
    ... search_space: {lr: {_type: uniform, _value: [0, 1]}}
    ... trial_command: python3 trial.py
    ... trial_concurrency: 2
    ... tuner: {name: Random}
    ... training_service: {platform: local}
    ... '''
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text(config)
    ...     loaded = load_config(path)
    >>> loaded.trial_concurrency, loaded.tuner.name
    (2, 'Random')
    """
    config = read_config(path)
    if not config.readable:
        raise ConfigError(f"{path}: {config.findings[0]}")
    file, space = read_space(config.values, path)
    if not space.readable:
        raise ConfigError(f"{file}: {space.findings[0]}")
    try:
        return to_nni(config)
    except Exception as error:  # NNI does not wrap errors of its internals
        raise ConfigError(f"{path}: {error!r}; see `nni-hpo check {path}`") from error


def to_nni(config: Config) -> ExperimentConfig:
    """Return NNI's canonical form of a config.

    Raises
    ------
    Exception
        Any error from NNI's internals if NNI rejects the config.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> config = '''
    ... search_space: {lr: {_type: uniform, _value: [0, 1]}}
    ... trial_command: python3 trial.py
    ... trial_concurrency: 2
    ... tuner: {name: Random}
    ... training_service: {platform: local}
    ... '''
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text(config)
    ...     loaded = to_nni(read_config(path))
    >>> loaded.trial_concurrency
    2
    """
    quick_nni()
    from nni.experiment.config import ExperimentConfig, utils

    warnings.filterwarnings("ignore", "SSH password")  # `nni-hpo check` says it
    utils.unset_base_path()  # NNI leaves it set after an error and rejects the next file
    utils.set_base_path(config.path.parent)
    try:
        return ExperimentConfig(**config.values).canonical_copy()
    finally:
        utils.unset_base_path()
