"""The pages in a real browser: upload, choices, a config that is checked, pause, the report."""

from __future__ import annotations

import base64
from pathlib import Path

from browser import Browser
from studies import add_experiment, add_finished

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore


def test_a_zip_file_is_uploaded_and_a_config_checked(
    chromium: Browser, address: str, archive: Path
) -> None:
    assert "token" not in chromium.run("location.href")
    chromium.choose("#upload input[type=file]", archive)
    chromium.run("document.querySelector('#upload button').click()")
    chromium.until("document.body.textContent.includes('Find the best model')")
    assert chromium.run("document.querySelectorAll('td.thumbs img').length") == 24
    chromium.run("document.querySelector('main a.button').click()")
    chromium.until("document.readyState === 'complete' && !!document.getElementById('new')")
    chromium.run("document.getElementById('check').click()")
    chromium.until("document.getElementById('yaml').value.includes('experimentName')")
    assert chromium.errors == []
    assert all(url.startswith((address, "data:")) for url in chromium.requests)


def test_a_paused_study_has_a_button_to_continue(
    chromium: Browser, address: str, store: StudioStore
) -> None:
    images = store.add_set("colours", "upload")
    number, _ = add_experiment(store, images, lambda model: 0.5, n=3)
    keep_state(store.study_folder(number), "paused")
    chromium.open(f"{address}/study/{number}/live", 1280, 900)
    chromium.until("document.getElementById('status').textContent.startsWith('Paused')")
    assert chromium.run("document.querySelector('#continue button').offsetHeight") > 0
    assert chromium.run("document.getElementById('stop').offsetHeight") == 0
    assert chromium.errors == []


def test_the_report_is_printed_as_pdf(chromium: Browser, address: str, store: StudioStore) -> None:
    images = store.add_set("colours", "upload")
    number = add_finished(store, images, lambda model: float(model["_name"] == "svm"))
    chromium.open(f"{address}/study/{number}/report", 1280, 900)
    chromium.until("document.querySelectorAll('svg').length > 0")
    pdf = base64.b64decode(chromium.call("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    assert chromium.errors == []
