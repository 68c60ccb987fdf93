from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from serving import Caller, Process

from nni_hpo_ext.serve import StudyStore, create_app


@pytest.fixture
def store(tmp_path: Path) -> StudyStore:
    return StudyStore(tmp_path / "studies")


@pytest.fixture
def call(store: StudyStore) -> Iterator[Caller]:
    """Call a service that runs in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(store), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield Caller(f"http://127.0.0.1:{listener.getsockname()[1]}", store.token)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """Call a service that runs in a process of its own."""
    started = Process(tmp_path / "studies")
    yield started
    started.kill()
