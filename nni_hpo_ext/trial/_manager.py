"""Ask the NNI manager that started this trial."""

from __future__ import annotations

import http.client
import json
import os
from typing import Any
from urllib.parse import urlsplit

__all__ = ["ask", "experiment_runs", "manager_url"]

_REQUEST_SECONDS = 2.0
_RUNNING = ("INITIALIZED", "RUNNING", "NO_MORE_TRIAL", "TUNER_NO_MORE_TRIAL")


def manager_url() -> str | None:
    """Return the address of the manager, None outside NNI."""
    channel = os.environ.get("NNI_TRIAL_COMMAND_CHANNEL", "")
    if not channel.startswith("http://") or "/env/" not in channel:
        return None
    return channel.rpartition("/env/")[0]


def ask(path: str) -> Any:
    """Return the manager's answer to a GET request, ``{}`` if it is empty.

    None outside NNI, and if the manager cannot be reached: on a remote machine, the channel ends
    at a helper of it.
    """
    server = manager_url()
    if server is None:
        return None
    url = urlsplit(server)
    connection = http.client.HTTPConnection(url.netloc, timeout=_REQUEST_SECONDS)
    try:
        connection.request("GET", f"{url.path}/api/v1/nni/{path}")
        text = connection.getresponse().read()
        return json.loads(text) if text else {}
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def experiment_runs() -> bool:
    """Return whether the experiment goes on: neither done, nor being stopped, nor out of reach."""
    answer = ask("check-status")
    return isinstance(answer, dict) and answer.get("status") in _RUNNING
