"""All checks of a config, in the order in which a reader would mend things."""

from __future__ import annotations

from pathlib import Path

from nni_hpo_ext.check._algorithm import check_algorithms
from nni_hpo_ext.check._command import check_command
from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._gpu import check_gpus
from nni_hpo_ext.check._keys import check_keys
from nni_hpo_ext.check._load import read_config
from nni_hpo_ext.check._nni import check_with_nni
from nni_hpo_ext.check._space import check_space

__all__ = ["check_config"]


def check_config(path: Path) -> list[FileFinding]:
    """Find what would go wrong with an experiment, without starting it.

    The tuner and the assessor are constructed for a try, each in a process of its own.

    Parameters
    ----------
    path
        NNI config file, v2 form.

    Returns
    -------
    list of FileFinding
        Everything in them is wrong; empty if nothing was found.
    """
    config, findings = read_config(path)
    if findings or "trainingServicePlatform" in config:
        return [FileFinding(path, f) for f in findings or check_keys(config)]
    found = [FileFinding(path, f) for f in check_keys(config)]
    found += check_space(config, path)
    found += [FileFinding(path, f) for f in check_command(config, path)]
    found += [FileFinding(path, f) for f in check_gpus(config)]
    found += [FileFinding(path, f) for f in check_algorithms(config, path)]
    return found or [FileFinding(path, f) for f in check_with_nni(path)]
