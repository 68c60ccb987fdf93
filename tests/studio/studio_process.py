"""`nni-hpo studio` in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import requests
from nni_home import Home


class Studio:
    """A studio in a process of its own."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.session = requests.Session()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "nni_hpo_ext", "studio", "--port", "0"]
        self.process = subprocess.Popen(
            command,
            cwd=self._home.path,
            env=self._home.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[1]
        self.url = self.address.partition("/?")[0]
        assert self.session.get(self.address, timeout=60).status_code == 200

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)

    def post(self, path: str, **content: object) -> requests.Response:
        answer = self.session.post(self.url + path, timeout=60, **content)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return answer

    def state(self, path: str) -> dict[str, object]:
        return dict(self.get(f"{path}/state").json())
