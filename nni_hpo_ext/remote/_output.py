"""Fetch the output of trials from worker machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from nni_hpo_ext.remote._machine import Machine
from nni_hpo_ext.remote._ssh import run_python

__all__ = ["fetch_stderr"]

_SCRIPT = """
import glob, json, os
found = {{}}
for job in {jobs!r}:
    place = "~/nni-experiments/{id}/environments/*/trials/" + job + "/trial.stderr"
    for path in glob.glob(os.path.expanduser(place)):
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - {most}))
            found[job] = file.read().decode("utf-8", "replace")
print("\\n" + json.dumps(found))
"""
_MOST_BYTES = 65536
_SECONDS = 10.0


def fetch_stderr(
    machines: Sequence[Machine], experiment_id: str, jobs: Sequence[str]
) -> dict[str, str]:
    """Return the end of the stderr of trials on worker machines, as far as it can be read.

    Parameters
    ----------
    machines
        The machines.
    experiment_id
        NNI's id of the experiment.
    jobs
        NNI's ids of the trials.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada")
    >>> fetch_stderr([machine], "k3xqzc9a", ["Ab3dE"])  # doctest: +SKIP
    {'Ab3dE': 'MemoryError'}
    """
    script = _SCRIPT.format(id=experiment_id, jobs=list(jobs), most=_MOST_BYTES)
    found: dict[str, str] = {}
    for reply in run_python(machines, script, _SECONDS, connect=_SECONDS / 2):
        if reply.runs and reply.runs[-1].code == 0:
            found |= json.loads(reply.runs[-1].stdout.strip().splitlines()[-1])
    return found
