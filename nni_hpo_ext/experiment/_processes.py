"""The processes of one experiment: who they are, and the certainty that they end."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable

import psutil

__all__ = ["MARKER", "Family"]

# An environment variable that every process of the experiment inherits. The tree alone is not
# enough: a trial whose shell was killed is adopted by init and belongs to no tree any more.
MARKER = "NNI_HPO_EXPERIMENT"

# The manager waits up to 30 s for the tuner, then 5 s for the trials.
_PATIENCE_SECONDS = 45.0
_KILL_SECONDS = 5.0


class Family:
    """The manager's process and all that descend from it.

    Parameters
    ----------
    pid
        The manager's process id.
    experiment_id
        The value of `MARKER` in their environment.
    """

    def __init__(self, pid: int, experiment_id: str) -> None:
        self._pid = pid
        self._id = experiment_id

    def members(self) -> list[psutil.Process]:
        """Return the experiment's living processes, the manager included."""
        return [p for p in psutil.process_iter() if self._owns(p)]

    def dispatcher_alive(self) -> bool:
        """Whether the process that holds the tuner and the assessor lives."""
        try:
            children = psutil.Process(self._pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return False
        return any(_is_dispatcher(p) for p in children)

    def end(self, manager: subprocess.Popen[bytes]) -> list[int]:
        """End all processes: the manager in its own order, then whatever is left.

        Returns
        -------
        list of int
            Process ids that had to be killed because NNI left them behind.
        """
        manager.terminate()  # NNI's way to stop: tuner, trials, database, itself
        with contextlib.suppress(subprocess.TimeoutExpired):  # then it is killed below
            manager.wait(_PATIENCE_SECONDS)
        left = self.members()
        _kill(left)
        manager.wait(_KILL_SECONDS)
        return [p.pid for p in left if p.pid != manager.pid]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return (
                bool(process.environ().get(MARKER) == self._id)
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except (psutil.Error, OSError):  # somebody else's, or gone meanwhile
            return False


def _is_dispatcher(process: psutil.Process) -> bool:
    try:
        return "--exp_params" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _kill(processes: Iterable[psutil.Process]) -> None:
    processes = list(processes)
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=_KILL_SECONDS)
