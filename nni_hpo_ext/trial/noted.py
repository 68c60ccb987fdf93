"""Wait until NNI's manager accepts reports of this trial."""

from __future__ import annotations

import logging
import os
import time

from nni_hpo_ext.trial._manager import ask, manager_url

__all__ = ["wait_until_noted"]

_logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.05
_NOTED = ("WAITING", "RUNNING")


def wait_until_noted() -> None:
    """Wait until NNI's manager has registered this trial; outside NNI, return at once.

    The manager starts a trial, writes to its database and only then registers the trial. It drops
    earlier reports: ``NNIManager received non-existent trial job metrics`` in
    ``log/nnimanager.log``. A trial that may end within a second should call this before its first
    ``nni.report_intermediate_result`` or ``nni.report_final_result``. `TrialReport`
    calls it itself.

    Examples
    --------
    >>> import nni
    >>> wait_until_noted()
    >>> nni.report_final_result(0.93)  # doctest: +SKIP
    """
    job = os.environ.get("NNI_TRIAL_JOB_ID", "")
    if manager_url() is None or not job:
        return
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (status := _status(job)) not in _NOTED:
        if status is None:
            return
        if time.monotonic() > deadline:
            _logger.warning("NNI has not registered this trial within %.0f s", _PATIENCE_SECONDS)
            return
        time.sleep(_PAUSE_SECONDS)


def _status(job: str) -> str | None:
    """Return the manager's status of a trial job, empty if it does not know the job."""
    answer = ask(f"trial-jobs/{job}")
    return str(answer.get("status", "")) if isinstance(answer, dict) else None
