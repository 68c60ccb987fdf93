"""Find and end all processes of one experiment."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

import psutil

__all__ = ["MARKER", "Family", "is_stopped"]

# An environment variable that every process of the experiment inherits. The tree alone is not
# enough: a trial whose shell was killed is adopted by init and leaves the tree.
MARKER = "NNI_HPO_EXPERIMENT"

# The manager waits up to 30 s for the tuner, then 5 s for the trials.
_PATIENCE_SECONDS = 45.0
_KILL_SECONDS = 5.0
# After Ctrl-C, for the tuner, and then for trials and database; within ten seconds in total.
_SOON_SECONDS = (2.5, 6.0)


class Family:
    """The manager's process and its descendants.

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

    def dispatcher(self) -> psutil.Process | None:
        """Return the process of the tuner and the assessor, None if it has ended."""
        try:
            children = psutil.Process(self._pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return None
        return next((p for p in children if _is_dispatcher(p)), None)

    def end(self, manager: subprocess.Popen[bytes], *, soon: bool = False) -> list[int]:
        """End all processes: the manager gracefully, then all that are left.

        Parameters
        ----------
        manager
            The manager.
        soon
            Whether a user is waiting: a tuner that does not end is then killed after a few seconds,
            and everything after ten. The tuner's journal allows it to continue after a resume.

        Returns
        -------
        list of int
            Ids of the processes that NNI left running and that were killed.
        """
        dispatcher = self.dispatcher()
        manager.terminate()  # NNI then stops the tuner, the trials, the database and itself
        late = [] if dispatcher is None or _ends(manager, _SOON_SECONDS[0]) else [dispatcher]
        _kill(p for p in late if soon or is_stopped(p))
        _ends(manager, _SOON_SECONDS[1] if soon else _PATIENCE_SECONDS)
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
        except (psutil.Error, OSError):  # another user's process, or ended in the meantime
            return False


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a process; return whether it ended in time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def is_stopped(process: psutil.Process) -> bool:
    """Whether a process is stopped, for example by SIGSTOP."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.Error:
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
