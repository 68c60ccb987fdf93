"""A home directory with an NNI of its own, for tests with real experiments."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# A trial that speaks NNI's protocol without NNI, the import of which takes a second.
PROTOCOL = """
import http.client, json, os
from urllib.parse import urlsplit

channel = urlsplit(os.environ["NNI_TRIAL_COMMAND_CHANNEL"])

def call(method, command=None):
    connection = http.client.HTTPConnection(channel.netloc)
    body = command and json.dumps(command)
    connection.request(method, channel.path, body, {"Content-Type": "application/json"})
    return connection.getresponse().read()

def next_form():
    call("PUT", {"type": "request_parameter"})
    return json.loads(json.loads(call("GET"))["parameter"])

def report(form, value):
    metric = {
        "parameter_id": form["parameter_id"],
        "trial_job_id": os.environ["NNI_TRIAL_JOB_ID"],
        "type": "FINAL",
        "sequence": 0,
        "value": json.dumps(value),
    }
    call("PUT", {"type": "metric", "metric": json.dumps(metric)})
"""


class Home:
    """A home directory with an NNI of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {
            **os.environ,
            "HOME": str(path),
            "NNI_CONFIG_DIR": str(path / "nni"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }

    def call(self, *command: str, timeout: float = 120) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
