"""Wait until NNI's manager accepts reports of this trial."""

from __future__ import annotations

import http.client
import json
import logging
import os
import time
from urllib.parse import urlsplit

__all__ = ["wait_until_noted"]

_logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 10.0
_REQUEST_SECONDS = 2.0
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
    channel = os.environ.get("NNI_TRIAL_COMMAND_CHANNEL", "")
    job = os.environ.get("NNI_TRIAL_JOB_ID", "")
    if not channel.startswith("http://") or "/env/" not in channel or not job:
        return
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (status := _status(channel.rpartition("/env/")[0], job)) not in _NOTED:
        if status is None:
            return
        if time.monotonic() > deadline:
            _logger.warning("NNI has not registered this trial within %.0f s", _PATIENCE_SECONDS)
            return
        time.sleep(_PAUSE_SECONDS)


def _status(server: str, job: str) -> str | None:
    """Return the manager's status of a trial job, empty if it does not know the job.

    None if the manager cannot be reached: on a remote machine, the channel ends at a helper of it.
    """
    url = urlsplit(server)
    connection = http.client.HTTPConnection(url.netloc, timeout=_REQUEST_SECONDS)
    try:
        connection.request("GET", f"{url.path}/api/v1/nni/trial-jobs/{job}")
        text = connection.getresponse().read()
        return str(json.loads(text).get("status", "")) if text else ""
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        return None
    finally:
        connection.close()
