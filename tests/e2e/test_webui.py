"""NNI's WebUI shows our experiments: metrics, keys of a dict, configurations, early stops."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests
import yaml
from browser import Browser, browser
from nni_home import Home, free_port, wait_for
from test_nnictl import ASSESSORS, CONFIG, SPACE, TRIAL

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

TABLE = "document.querySelector('.ms-DetailsList')"
# What a canvas shows, empty if nothing was drawn on it.
DRAWN = (
    "[...document.querySelectorAll('canvas')].filter(c => c.getContext('2d')"
    ".getImageData(0, 0, c.width, c.height).data.some(v => v)).map(c => c.toDataURL()).join()"
)


@dataclass
class Live:
    """An experiment whose trials have ended, with its manager still there."""

    url: str
    id: str
    statuses: list[str]


@pytest.fixture
def live(home: Home, processes_at: Callable[[Path], list[psutil.Process]]) -> Iterator[Live]:
    (home.path / "space.json").write_text(json.dumps(SPACE))
    (home.path / "trial.py").write_text(TRIAL)
    changes = {"trialConcurrency": 2, "maxTrialNumber": 4, "assessor": ASSESSORS[0]}
    (home.path / "config.yml").write_text(yaml.safe_dump({**CONFIG, **changes}))
    url = f"http://localhost:{free_port()}"
    port = url.rpartition(":")[2]
    home.call("nni_hpo_ext", "register")
    home.call("nni.tools.nnictl.nnictl", "create", "--config", "config.yml", "--port", port)

    def get(path: str) -> object:
        return requests.get(f"{url}/api/v1/nni/{path}", timeout=5).json()

    wait_for(lambda: get("check-status")["status"] == "DONE")  # type: ignore[index]
    jobs = sorted(get("trial-jobs"), key=lambda job: job["sequenceId"])  # type: ignore[call-overload]
    live = Live(url, get("experiment")["id"], [job["status"] for job in jobs])  # type: ignore[index]
    yield live
    home.call("nni.tools.nnictl.nnictl", "stop", live.id)
    wait_for(lambda: not processes_at(home.path))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path / "profile") as page:
        yield page


def choose(page: Browser, role: str, text: str) -> None:
    """Click the element of a role that shows a text, once it is there."""
    found = f"[...document.querySelectorAll('[role={role}]')]"
    page.wait(f"{found}.some(e => e.innerText.includes({text!r}) && (e.click() || true))")


def test_the_webui_shows_what_happened(live: Live, page: Browser, home: Home) -> None:
    assert sorted(live.statuses) == ["SUCCEEDED"] * 3 + ["USER_CANCELED"]

    page.open(f"{live.url}/oview", 1280, 1180)
    page.wait("document.body.innerText.includes('Best metric')")
    text = page.wait("document.body.innerText.includes('0.900000') && document.body.innerText")
    for shown in ("end-to-end", live.id, "DONE", "Dragonfly/MedianStopAssessor", "4/4"):
        assert shown in text

    # The table: an early stop keeps what it had reached, as its status NNI's word for a signal.
    page.open(f"{live.url}/detail", 1280, 1180)
    page.wait(f"{TABLE}?.innerText.includes('0.2 (FINAL)')")
    cells = page.run(f"{TABLE}.innerText").split()
    assert [c for c in cells if (c.isupper() and "_" in c) or c == "SUCCEEDED"] == live.statuses
    assert cells.count("0.9") == 3

    # The keys of the reported dict can be chosen, and are drawn.
    by_default = page.wait(DRAWN)
    choose(page, "combobox", "default")
    choose(page, "option", "runtime")
    page.wait(f"{DRAWN} && {DRAWN} != {json.dumps(by_default)}")

    # The hyperparameter graph has an axis for each parameter, and lines.
    choose(page, "tab", "Hyper-parameter")
    page.wait("document.querySelector('.parcoords .label') !== null")
    labels = page.run("[...document.querySelectorAll('.parcoords .label')].map(e => e.textContent)")
    assert {"level", "rate", "default", "runtime"} <= set(labels)
    page.wait(DRAWN)

    choose(page, "tab", "Intermediate result")
    page.wait(DRAWN)
    # Where there is no network, the fonts of its icons are missing; scripts run all the same.
    assert [e for e in page.errors if not e.startswith("Failed to load resource")] == []

    # And the terminal shows the same.
    seen = home.call("nni_hpo_ext", "watch", live.id, "--once")
    assert "4 of 4 trials done (3 succeeded, 1 stopped early)" in seen
    assert "Ended   all trials are done" in seen

    # So does a report, read from the files and asked of the manager alike.
    told = []
    for source in (live.id, live.url):
        home.call("nni_hpo_ext", "report", source, "--out", "report.json")
        told.append(json.loads((home.path / "report.json").read_text()))
    assert told[0]["trials"] == told[1]["trials"]
    assert [t["end"] for t in told[0]["trials"]].count("stopped early") == 1
    assert sum(told[0]["arms"].values()) >= 4
    assert told[0]["arms"] == told[1]["arms"]
