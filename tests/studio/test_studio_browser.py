"""The pages in a real browser: upload, choices, dark and narrow screens."""

from __future__ import annotations

import base64
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from browser import Browser, browser
from studies import add_experiment, add_finished

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore, create_studio

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
def address(store: StudioStore) -> Iterator[str]:
    """Run the studio in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_studio(store), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/?token={store.token}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path / "profile") as opened:
        yield opened


def until(chromium: Browser, condition: str) -> None:
    """Wait for a condition, also while the browser goes to another page."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if chromium.run(condition):
                return
        except AssertionError:  # the page went away during the question
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {condition}")


def choose(chromium: Browser, selector: str, file: Path) -> None:
    root = chromium.call("DOM.getDocument")["root"]["nodeId"]
    node = chromium.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    chromium.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)


def test_a_zip_file_is_uploaded_and_a_config_checked(
    chromium: Browser, address: str, archive: Path
) -> None:
    chromium.open(address, 1280, 900)
    assert "token" not in chromium.run("location.href")
    choose(chromium, "#upload input[type=file]", archive)
    chromium.run("document.querySelector('#upload button').click()")
    until(chromium, "document.body.textContent.includes('Find the best model')")
    assert chromium.run("document.querySelectorAll('td.thumbs img').length") == 24
    chromium.run("document.querySelector('main a.button').click()")
    until(chromium, "document.readyState === 'complete' && !!document.getElementById('new')")
    chromium.run("document.getElementById('check').click()")
    until(chromium, "document.getElementById('yaml').value.includes('experimentName')")
    assert chromium.errors == []
    host = address.split("/?")[0]
    assert all(url.startswith((host, "data:")) for url in chromium.requests)


def test_a_paused_study_has_a_button_to_continue(
    chromium: Browser, address: str, store: StudioStore
) -> None:
    images = store.add_set("colours", "upload")
    number, _ = add_experiment(store, images, lambda model: 0.5, n=3)
    keep_state(store.study_folder(number), "paused")
    chromium.open(address, 1280, 900)
    chromium.open(f"{address.split('/?')[0]}/study/{number}/live", 1280, 900)
    until(chromium, "document.getElementById('status').textContent.startsWith('Paused')")
    assert chromium.run("document.querySelector('#continue button').offsetHeight") > 0
    assert chromium.run("document.getElementById('stop').offsetHeight") == 0
    assert chromium.errors == []


def test_the_report_is_printed_as_pdf(chromium: Browser, address: str, store: StudioStore) -> None:
    images = store.add_set("colours", "upload")
    number = add_finished(store, images, lambda model: float(model["_name"] == "svm"))
    chromium.open(address, 1280, 900)
    chromium.open(f"{address.split('/?')[0]}/study/{number}/report", 1280, 900)
    until(chromium, "document.querySelectorAll('svg').length > 0")
    pdf = base64.b64decode(chromium.call("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    assert chromium.errors == []


@pytest.mark.parametrize("page", ["/", "/models", "/data/1", "/data/1/new"])
def test_a_phone_needs_no_scrolling_to_the_side(
    chromium: Browser, address: str, archive: Path, page: str
) -> None:
    chromium.open(address, 390, 800, phone=True)
    choose(chromium, "#upload input[type=file]", archive)
    chromium.run("document.querySelector('#upload button').click()")
    until(chromium, "document.body.textContent.includes('Find the best model')")
    chromium.open(address.split("/?")[0] + page, 390, 800, phone=True)
    assert chromium.run("document.documentElement.scrollWidth") <= 390
    unnamed = "Array.from(document.querySelectorAll('input, select, textarea, button, img'))"
    unnamed += ".filter(e => !(e.labels?.length || e.textContent.trim() || e.alt)).length"
    assert chromium.run(unnamed) == 0
