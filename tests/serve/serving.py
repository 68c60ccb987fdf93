"""Start services for tests, and call them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import requests

SPACE = {"lr": {"_type": "uniform", "_value": [0, 1]}, "n": {"_type": "randint", "_value": [1, 9]}}
STUDY = {"search_space": SPACE, "tuner": {"name": "RandomSearch"}, "seed": 1}
SECONDS = 60.0


class Answer(NamedTuple):
    status: int
    content: Any

    @property
    def detail(self) -> str:
        return str(self.content["detail"])


class Caller:
    """A client without any convenience, as curl is."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def __call__(
        self, method: str, path: str, body: Any = None, key: str = "", **headers: str
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if key:
            sent["Idempotency-Key"] = key
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body)  # NaN and all
        url = f"{self.url}/v1/studies{path}"
        response = requests.request(method, url, data=data, headers=sent, timeout=SECONDS)
        return Answer(response.status_code, response.json())


class Process(Caller):
    """A service in a process of its own, which can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__("", "")
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "nni_hpo_ext", "serve", "--directory", str(self.directory)]
        port = self.url.rpartition(":")[2] or "0"
        self.process = subprocess.Popen(
            [*command, "--port", port], stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[0]
        self.token = (self.directory / ".token").read_text().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def restart(self) -> None:
        self.kill()
        self.start()
