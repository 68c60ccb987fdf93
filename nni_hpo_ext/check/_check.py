"""Run all checks of a config, in the order in which a user would fix the findings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nni_hpo_ext.check._algorithm import check_algorithms
from nni_hpo_ext.check._budget import check_budget
from nni_hpo_ext.check._command import check_command, imported_packages
from nni_hpo_ext.check._directory import check_directory
from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._gpu import check_gpus
from nni_hpo_ext.check._keys import check_keys
from nni_hpo_ext.check._machine_list import check_machine_list
from nni_hpo_ext.check._machines import check_machines
from nni_hpo_ext.check._nni import check_with_nni
from nni_hpo_ext.check._objectives import check_objectives
from nni_hpo_ext.check._space import check_space
from nni_hpo_ext.config import Config, read_config, read_space, to_nni
from nni_hpo_ext.errors import Finding

__all__ = ["check_config"]


def check_config(path: Path, *, deep: bool = False) -> list[FileFinding]:
    """Find mistakes in an experiment's config, without starting the experiment.

    The tuner and the assessor are constructed in a separate process. If there is no other mistake,
    each remote worker machine is looked at over ssh.

    Parameters
    ----------
    path
        NNI config file, v2 form.
    deep
        Whether remote workers also import what the trial script imports.

    Returns
    -------
    list of FileFinding
        Errors and warnings; empty if there are none.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text("{trialConcurrency: 0, searchSpace: {}, trialCommand: sleep 1}")
    ...     for found in check_config(path):
    ...         print(found.finding)
    trainingService: missing; write trainingService: {platform: local}
    trialConcurrency: 0 is not a positive integer; write trialConcurrency: 1 or more
    tuner: missing; write for example tuner: {name: Dragonfly}
    """
    config = read_config(path)
    if not config.readable:
        return _named(config, list(config.findings))
    if "trainingServicePlatform" in config.values:
        return _named(config, check_keys(config.values))
    findings = _checked(config)
    for check in (check_with_nni, partial(_machines, deep=deep)):
        if not any(finding.is_error for finding in findings):
            findings += _named(config, check(config))
    return findings


def _machines(config: Config, *, deep: bool) -> list[Finding]:
    imports = imported_packages(config.values, config.path) if deep else []
    return check_machines(to_nni(config).json(), imports)


def _checked(config: Config) -> list[FileFinding]:
    values, path = config.values, config.path
    file, space = read_space(values, path)
    return [
        *_named(config, [*config.findings, *check_keys(values)]),
        *_named(config, check_space(values, file, space), file),
        *_named(config, check_command(values, path)),
        *_named(config, check_directory(values, path)),
        *_named(config, check_gpus(values)),
        *_named(config, check_machine_list(values, path)),
        *_named(config, check_algorithms(values, path, space.value)),
        *_named(config, check_objectives(values)),
        *_named(config, check_budget(values, path)),
    ]


def _named(config: Config, findings: list[Finding], file: Path | None = None) -> list[FileFinding]:
    """Attach the file to findings, and spell the keys as the config does."""
    if file is not None and file != config.path:
        return [FileFinding(file, finding) for finding in findings]
    return [FileFinding(config.path, f.at(config.as_written(f.where))) for f in findings]
