"""Fetch the output of trials from worker machines."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from nni_hpo_ext.remote._machine import Machine
from nni_hpo_ext.remote._ssh import run_python

__all__ = ["fetch_files", "fetch_stderr"]

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
_FILES_SCRIPT = """
import base64, glob, json, os
found = {{}}
place = "~/nni-experiments/{id}/environments/*/trials/{job}/{name}"
for path in glob.glob(os.path.expanduser(place)):
    if os.path.getsize(path) <= {most}:
        with open(path, "rb") as file:
            found[os.path.basename(path)] = base64.b64encode(file.read()).decode()
print("\\n" + json.dumps(found))
"""
_FILES_BYTES = 128 * 2**20
_FILES_SECONDS = 300.0


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
    return _gathered(machines, script, _SECONDS)


def fetch_files(
    machines: Sequence[Machine], experiment_id: str, job: str, name: str
) -> dict[str, bytes]:
    """Return files in the output directory of a trial on a worker machine, by their names.

    Files of more than 128 MiB are left out.

    Parameters
    ----------
    machines
        The machines.
    experiment_id
        NNI's id of the experiment.
    job
        NNI's id of the trial.
    name
        Pattern of the names, such as ``"model.*"``.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada")
    >>> list(fetch_files([machine], "k3xqzc9a", "Ab3dE", "model.*"))  # doctest: +SKIP
    ['model.keras']
    """
    script = _FILES_SCRIPT.format(id=experiment_id, job=job, name=name, most=_FILES_BYTES)
    found = _gathered(machines, script, _FILES_SECONDS)
    # A worker must not choose where a file is written.
    return {n: base64.b64decode(text) for n, text in found.items() if Path(n).name == n}


def _gathered(machines: Sequence[Machine], script: str, seconds: float) -> dict[str, str]:
    """Return what a script prints on each machine, a mapping in JSON, in one mapping."""
    found: dict[str, str] = {}
    for reply in run_python(machines, script, seconds, connect=_SECONDS / 2):
        if reply.runs and reply.runs[-1].code == 0:
            found |= json.loads(reply.runs[-1].stdout.strip().splitlines()[-1])
    return found
