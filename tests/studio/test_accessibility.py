"""Every page in a real browser: contrast in light and dark, names, keyboard, narrow screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Browser
from experiment_files import FakeExperiment
from pictures import write_classes, zipped
from starlette.testclient import TestClient
from studies import add_experiment, add_finished
from visits import BASE, imported, served

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore, create_studio

PAGES = {
    "home": "/",
    "models": "/models",
    "images": "/data/1",
    "unusable images": "/data/2",
    "new study": "/data/1/new",
    "running study": "/study/2/live",
    "failed study": "/study/3/live",
    "result": "/study/1",
    "mistakes": "/study/1/cell/0/1",
    "try it": "/study/1/try",
    "comparison": "/data/1/studies",
    "error": "/data/99",
}
SCRIPT = Path(__file__).with_name("accessibility.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Visit:
    """A browser at a studio with one set of images and three studies."""

    address: str
    store: StudioStore
    window: Browser
    running: FakeExperiment

    def open(self, path: str, width: int = 1280, *, scheme: str = "light") -> None:
        self.window.prefer(scheme)
        self.window.open(self.address + path, width, 900, phone=width < 500)
        if path.endswith("/live"):
            self.window.until("!!document.querySelector('#trials tr')")
        # What is closed has texts and controls, too.
        self.window.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        self.window.run(SCRIPT)


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("visit")
    store = StudioStore(folder / "studio")
    archive = zipped(write_classes(folder / "drawn", 30), folder / "colours.zip")
    with TestClient(create_studio(store), BASE) as client:
        client.get(f"/?token={store.token}")
        imported(client, archive)
    store.mark_set(store.add_set("letters", "upload"), "failed", "there are no images")
    add_finished(store, 1, lambda model: 0.9 if model["_name"] == "svm" else 0.5)
    goals = {"default": "maximize", "runtime": "minimize"}
    number, running = add_experiment(store, 1, two_goals(), search="Dragonfly", goals=goals)
    running.submit("going", 40, 40, {"model": {"_name": "small_cnn", "width": 8}})
    for step in range(3):
        running.report("going", 40, {"default": 0.2 + 0.1 * step, "runtime": 1.0}, step=step)
    failed, _ = add_experiment(store, 1, lambda model: 0.5, n=1)
    keep_state(store.study_folder(failed), "failed", "no trial has a result")
    assert number == 2
    with pytest.MonkeyPatch.context() as patch, served(store) as address:
        patch.setattr("nni_hpo_ext.study._read.manager_alive", lambda experiment: True)
        chromium.open(f"{address}/?token={store.token}", 1280, 900)
        yield Visit(address, store, chromium, running)
        chromium.open("about:blank", 1280, 900)  # ends the stream of events


def two_goals() -> Any:
    chance = np.random.default_rng(3)
    return lambda model: {"default": chance.random(), "runtime": 10 * chance.random()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_colours_have_the_contrast_of_wcag_aa(visit: Visit, page: str, scheme: str) -> None:
    visit.open(PAGES[page], scheme=scheme)
    assert visit.window.run("faint()") == []


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_needs_no_scrolling_to_the_side(visit: Visit, page: str) -> None:
    visit.open(PAGES[page], 390)
    assert visit.window.run("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("page", PAGES)
def test_a_screen_reader_has_a_name_for_every_control_and_picture(visit: Visit, page: str) -> None:
    visit.open(PAGES[page])
    wanted = {"button", "link", "textbox", "combobox", "checkbox", "spinbutton", "image",
              "progressbar", "region"}  # fmt: skip
    nodes = visit.window.call("Accessibility.getFullAXTree")["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in wanted
    ]
    assert len(named) > 2
    assert [role for role, name in named if not name.strip()] == []
    assert visit.window.run("document.querySelectorAll('h1').length") == 1


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
def test_the_tab_key_visits_every_control_in_order(visit: Visit, page: str, width: int) -> None:
    visit.open(PAGES[page], width)
    count = visit.window.run("controls().length")
    stops = list(tab_stops(visit.window, count + 1))
    assert [stop["place"] for stop in stops] == list(range(count))
    assert [stop["name"] for stop in stops if not (stop["ring"] and stop["inside"])] == []


def tab_stops(window: Browser, most: int) -> Iterator[dict[str, Any]]:
    """Yield what has the focus after each press of the tab key, until it leaves the page.

    Without windows around the page, the browser goes on with the first control.
    """
    seen: set[int] = set()
    for _ in range(most):
        window.press("Tab")
        stop = window.run("focused()")
        if stop is None or stop["place"] in seen:
            return
        seen.add(stop["place"])
        yield stop


def test_choices_are_made_with_the_keyboard(visit: Visit) -> None:
    visit.open("/data/1/new")
    window = visit.window
    window.run("document.querySelector('[name=models][value=knn]').focus()")
    window.press(" ")
    assert window.run("document.activeElement.checked")
    window.run("document.querySelector('[name=search]').focus()")
    window.press("ArrowDown")
    assert window.run("document.activeElement.selectedIndex") == 1
    window.run("document.querySelector('#expert summary').focus()")
    window.press("Enter")  # was opened by the visit
    assert not window.run("document.getElementById('expert').open")
    window.press(" ")
    assert window.run("document.getElementById('expert').open")
    window.run("document.getElementById('check').focus()")
    window.press("Enter")
    window.until("document.getElementById('yaml').value.includes('Dragonfly')")


def test_forms_are_sent_and_links_followed_with_the_enter_key(visit: Visit, tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "drawn", 12)
    visit.open("/")
    window = visit.window
    window.run("document.querySelector('[name=folder]').focus()")
    window.call("Input.insertText", text=str(folder))
    window.press("Enter")
    window.until("document.body.textContent.includes('Find the best model')")
    window.run("document.querySelector('main a.button').focus()")
    window.press("Enter")
    window.until("!!document.getElementById('new')")


def test_the_first_tab_stop_skips_to_the_content(visit: Visit) -> None:
    visit.open("/")
    visit.window.press("Tab")
    visit.window.press("Enter")
    visit.window.press("Tab")
    assert visit.window.run("document.querySelector('main').contains(document.activeElement)")


def test_an_update_of_a_running_study_leaves_the_focus_where_it_is(visit: Visit) -> None:
    visit.open("/study/2/live")
    label = "document.activeElement.getAttribute('aria-label')"
    visit.window.run("document.querySelector('#trials button').focus()")
    assert visit.window.run(label) == "Stop trial 40"
    visit.running.submit("other", 41, 41, {"model": {"_name": "svm", "C": 1.0}})
    visit.window.until("document.querySelector('#trials td').textContent === '41'")
    assert visit.window.run(label) == "Stop trial 40"
