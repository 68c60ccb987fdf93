"""End what an experiment left running on worker machines."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.remote._machine import Machine
from nni_hpo_ext.remote._ssh import run_python

__all__ = ["end_experiment"]

# NNI's daemon on the worker and its trials know the experiment by its id; psutil comes with NNI.
_SCRIPT = """
import os, sys
import psutil

def belongs(process):
    try:
        if process.environ().get("NNI_EXP_ID") == {id!r}:
            return True
        return any("nni-experiments/" + {id!r} in word for word in process.cmdline())
    except (psutil.Error, OSError):
        return False

parents = {{os.getpid()}} | {{p.pid for p in psutil.Process().parents()}}
left = [p for p in psutil.process_iter() if p.pid not in parents and belongs(p)]
for process in left:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
psutil.wait_procs(left, timeout=5)
print(len(left))
"""
_SECONDS = 10.0


def end_experiment(machines: Sequence[Machine], experiment_id: str) -> dict[str, int]:
    """Kill the processes of an experiment on worker machines, after its manager has ended.

    NNI signals only the shell of a trial command, and a daemon that has lost its manager does not
    end its trials.

    Returns
    -------
    dict of str to int
        The number of processes killed on each machine that had any.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada")
    >>> end_experiment([machine], "k3xqzc9a")  # doctest: +SKIP
    {'ada@10.0.0.7': 1}
    """
    replies = run_python(machines, _SCRIPT.format(id=experiment_id), _SECONDS, connect=_SECONDS / 2)
    killed = {}
    for machine, reply in zip(machines, replies, strict=True):
        last = reply.runs[-1] if reply.runs else None
        if last is not None and last.code == 0 and int(last.stdout) > 0:
            killed[str(machine)] = int(last.stdout)
    return killed
