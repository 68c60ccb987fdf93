"""Find the running NNI managers on this machine."""

from __future__ import annotations

from itertools import pairwise

import psutil

__all__ = ["managed_experiments", "manager_alive"]


def manager_alive(experiment_id: str) -> bool:
    """Return whether an NNI manager on this machine runs this experiment.

    Examples
    --------
    >>> manager_alive("unknown")
    False
    """
    return experiment_id in managed_experiments()


def managed_experiments() -> frozenset[str]:
    """Return the ids of the experiments that NNI managers run.

    Looks at the processes, since NNI's list of experiments still shows a killed manager as
    running.
    """
    return frozenset(filter(None, map(_experiment_of, psutil.process_iter())))


def _experiment_of(process: psutil.Process) -> str:
    """Return the id of the experiment that a process manages, empty if it manages none."""
    try:
        words = process.cmdline()
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
    except (psutil.Error, OSError):  # another user's process, or it has just ended
        return ""
    # ``node .../main.js ... --experiment-id ID --action create ...``; `nnictl view` only shows it
    if "view" in words or not any(word.endswith("main.js") for word in words):
        return ""
    return next((b for a, b in pairwise(words) if a == "--experiment-id"), "")
