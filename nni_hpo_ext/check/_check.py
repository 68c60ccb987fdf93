"""All checks of a config, in the order in which a reader would mend things."""

from __future__ import annotations

from pathlib import Path

from nni_hpo_ext.check._algorithm import check_algorithms
from nni_hpo_ext.check._command import check_command
from nni_hpo_ext.check._directory import check_directory
from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._gpu import check_gpus
from nni_hpo_ext.check._keys import check_keys
from nni_hpo_ext.check._nni import check_with_nni
from nni_hpo_ext.check._objectives import check_objectives
from nni_hpo_ext.check._space import check_space
from nni_hpo_ext.config import Config, read_config, read_space
from nni_hpo_ext.errors import Finding

__all__ = ["check_config"]


def check_config(path: Path) -> list[FileFinding]:
    """Find what would go wrong with an experiment, without starting it.

    The tuner and the assessor are constructed for a try, in a process of their own.

    Parameters
    ----------
    path
        NNI config file, v2 form.

    Returns
    -------
    list of FileFinding
        Everything in them is wrong, but for warnings; empty if nothing was found.
    """
    config = read_config(path)
    if not config.readable:
        return _named(config, list(config.findings))
    if "trainingServicePlatform" in config.values:
        return _named(config, check_keys(config.values))
    findings = _checked(config)
    if any(finding.is_error for finding in findings):
        return findings
    return findings + _named(config, check_with_nni(config))


def _checked(config: Config) -> list[FileFinding]:
    values, path = config.values, config.path
    file, space = read_space(values, path)
    return [
        *_named(config, [*config.findings, *check_keys(values)]),
        *_named(config, check_space(values, file, space), file),
        *_named(config, check_command(values, path)),
        *_named(config, check_directory(values, path)),
        *_named(config, check_gpus(values)),
        *_named(config, check_algorithms(values, path, space.value)),
        *_named(config, check_objectives(values)),
    ]


def _named(config: Config, findings: list[Finding], file: Path | None = None) -> list[FileFinding]:
    """Put a file to findings; keys of the config are spelt as they are in it."""
    if file is not None and file != config.path:
        return [FileFinding(file, finding) for finding in findings]
    return [FileFinding(config.path, f.at(config.as_written(f.where))) for f in findings]
