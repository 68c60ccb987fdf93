"""Visits to the studio in tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from nni_hpo_ext.studio.pages import StudioStore, create_studio

BASE = "http://localhost:8070"


def imported(client: TestClient, archive: Path) -> str:
    """Upload an archive and wait until it is read; return the path of its page."""
    answer = client.post(
        "/data/upload", content=archive.read_bytes(), headers={"x-name": "colours.zip"}
    )
    path: str = answer.json()["url"]
    read(client, path)
    return path


def read(client: TestClient, path: str) -> Any:
    while (state := client.get(f"{path}/state").json())["state"] == "reading":
        time.sleep(0.02)
    return state


@contextmanager
def served(store: StudioStore) -> Iterator[str]:
    """Run the studio in a thread; yield its address, without the token."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_studio(store), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()
