from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pictures import write_classes, zipped
from starlette.testclient import TestClient

from nni_hpo_ext.studio.pages import StudioStore, create_studio

BASE = "http://localhost:8070"


@pytest.fixture
def store(tmp_path: Path) -> StudioStore:
    return StudioStore(tmp_path / "studio")


@pytest.fixture
def client(store: StudioStore) -> Iterator[TestClient]:
    with TestClient(create_studio(store), BASE, headers={"accept": "text/html"}) as opened:
        opened.get(f"/?token={store.token}")
        yield opened


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(write_classes(tmp_path / "drawn", 30), tmp_path / "colours.zip")


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
