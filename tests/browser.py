"""Headless Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
"""The browser of this machine, None if it has none."""

_KEYS = {"Enter": (13, "\r"), " ": (32, " "), "Tab": (9, ""), "ArrowDown": (40, "")}
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)


class Browser:
    """A page in a browser; ``errors`` are its uncaught exceptions and failed requests."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        self.errors: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        return self._until(lambda m: m.get("id") == number)

    def _until(self, wanted: Any, timeout: float = 60) -> Any:
        while True:
            message = json.loads(self._connection.recv(timeout))
            self._note(message.get("method"), message.get("params", {}))
            if wanted(message):
                assert "error" not in message, message
                return message.get("result", message.get("params"))

    def _note(self, method: str | None, params: Any) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"]["exception"]["description"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def open(self, url: str, width: int, height: int, *, phone: bool = False) -> None:
        """Load a page."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.call("Page.navigate", url=url)
        self._until(lambda m: m.get("method") == "Page.loadEventFired")

    def wait(self, condition: str) -> Any:
        """Wait until a script has a plain value that counts as true, and return it."""
        return self.run(
            f"new Promise((done) => {{ const look = () => {{ const found = ({condition});"
            " if (found) done(found); else setTimeout(look, 20); }; look(); })"
        )

    def until(self, condition: str, seconds: float = 60) -> None:
        """Wait for a condition, also while the browser goes to another page."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.run(condition):
                    return
            except AssertionError:  # the page went away during the question
                pass
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {condition}")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in a field for files."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def press(self, key: str) -> None:
        """Press and release a key."""
        code, text = _KEYS[key]
        form = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **form)
        self.call("Input.dispatchKeyEvent", type="keyUp", **form)

    def prefer(self, scheme: str) -> None:
        """Prefer a ``light`` or a ``dark`` colour scheme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def run(self, script: str) -> Any:
        """Return what a script evaluates to; a promise is awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path, **clip: float) -> None:
        """Write the page, or a part of it, as a picture."""
        part = {"clip": {**clip, "scale": 1}} if clip else {}
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True, **part)
        path.write_bytes(base64.b64decode(picture["data"]))


@contextmanager
def browser(executable: str, profile: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own, and end it."""
    process = subprocess.Popen(
        [executable, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        found = (re.search(r"ws://([^/]+)/", line) for line in lines)
        host = next(match[1] for match in found if match)
        with connect(_page(host), max_size=None) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _page(host: str) -> str:
    pages = requests.get(f"http://{host}/json", timeout=30).json()
    return next(str(p["webSocketDebuggerUrl"]) for p in pages if p["type"] == "page")
