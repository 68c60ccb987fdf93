"""Visits to the studio in tests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

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
