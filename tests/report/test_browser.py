"""The page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, browser
from test_page import hostile_study

from nni_hpo_ext.report import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def look_at(chromium: Browser, page: Path, width: int, *, phone: bool = False) -> None:
    """Open a report, and wait until it says that it has drawn all its figures."""
    chromium.open(page.as_uri(), width, 900, phone=phone)
    chromium.wait("document.body.dataset.ready")


def undrawn(chromium: Browser) -> list[str]:
    found: list[str] = chromium.run(
        "Array.from(document.querySelectorAll('.plot')).filter(p => !p.querySelector('.main-svg'))"
        ".map(p => p.id)"
    )
    return found


def open_groups(chromium: Browser) -> None:
    chromium.run(
        "Promise.all(Array.from(document.querySelectorAll('details')).map(d => new Promise(r => {"
        " d.addEventListener('toggle', () => setTimeout(r, 0)); d.open = true; })))"
    )


def tap(chromium: Browser, number: int) -> None:
    chromium.run(
        "document.getElementById('progress-0').emit('plotly_click',"
        f" {{points: [{{customdata: {number}}}]}})"
    )


@pytest.mark.parametrize(("width", "phone"), [(1280, False), (390, True)])
def test_every_figure_is_drawn_without_an_error(
    chromium: Browser, page: Path, width: int, phone: bool
) -> None:
    chromium.errors.clear()
    chromium.requests.clear()
    look_at(chromium, page, width, phone=phone)
    open_groups(chromium)
    assert chromium.run("document.querySelectorAll('.plot').length") > 15
    assert undrawn(chromium) == []
    assert chromium.errors == []
    assert {url for url in chromium.requests if not url.startswith("data:")} == {page.as_uri()}
    assert chromium.run("document.documentElement.scrollWidth") <= width
    outside = chromium.run(
        "Array.from(document.querySelectorAll('figure:not(.wide) .main-svg'))"
        f".filter(s => s.getBoundingClientRect().right > {width}).length"
    )
    assert outside == 0
    tap(chromium, 7)
    told = chromium.run("document.querySelector('#trial:not([hidden])').textContent")
    assert "inter_op_parallelism_threads" in told


def test_hostile_names_run_nothing(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    write_report(hostile_study(), path)
    chromium.errors.clear()
    look_at(chromium, path, 1280)
    open_groups(chromium)
    tap(chromium, 9)
    assert chromium.run("typeof pwned") == "undefined"
    assert chromium.run("document.querySelectorAll('img[onerror]').length") == 0
    assert undrawn(chromium) == []
    assert chromium.errors == []


def rows(chromium: Browser) -> list[str]:
    found: list[str] = chromium.run(
        "Array.from(document.querySelectorAll('.trials tbody tr')).map(r => r.cells[0].textContent)"
    )
    return found


def type_into(chromium: Browser, text: str) -> None:
    chromium.run(
        "(() => { const field = document.querySelector('.bar input'); field.value = "
        f"{text!r}; field.dispatchEvent(new Event('input')); }})()"
    )


def test_table_figures_and_parallel_coordinates_show_the_same_trials(
    chromium: Browser, page: Path
) -> None:
    look_at(chromium, page, 1280)
    everything = rows(chromium)
    assert len(everything) == 60
    type_into(chromium, "sgd")
    chosen = rows(chromium)
    assert 0 < len(chosen) < 60
    marked = chromium.run(
        "document.getElementById('progress-0').data.filter(t => /markers/.test(t.mode))"
        ".flatMap(t => t.selectedpoints.map(i => String(t.customdata[i])))"
    )
    assert sorted(marked) == sorted(chosen)
    visible = chromium.run("document.querySelectorAll('#parallel path:not(.off)').length")
    assert visible == len(chosen)
    type_into(chromium, "")
    # From the other side: the upper half of the first axis.
    chromium.run(
        "document.querySelector('#parallel .area').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowUp'}))"
    )
    assert 0 < len(rows(chromium)) < 60
    chromium.run("document.querySelector('.bar button').click()")
    assert sorted(rows(chromium)) == sorted(everything)


def test_the_table_is_sorted_by_a_click_and_a_trial_closes_with_escape(
    chromium: Browser, page: Path
) -> None:
    look_at(chromium, page, 1280)
    chromium.run("document.querySelector('.trials th button').click()")
    assert rows(chromium) == [str(n) for n in range(60)]
    chromium.run("document.querySelector('.trials th button').click()")
    assert rows(chromium)[0] == "59"
    chromium.run("document.querySelector('.trials tbody tr').click()")
    assert chromium.run("document.querySelector('#trial h3').textContent").startswith("Trial 59")
    chromium.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    assert chromium.run("document.getElementById('trial').hidden")


def test_figures_switch_to_time_and_are_drawn_for_the_printer(
    chromium: Browser, page: Path
) -> None:
    look_at(chromium, page, 1280)
    title = "document.getElementById('progress-0').layout.xaxis.title.text"
    assert chromium.run(title) == "finished trials"
    chromium.run("document.querySelectorAll('.switch button')[1].click()")
    assert chromium.run(title).startswith("time since the start")
    assert chromium.call("Page.printToPDF", printBackground=True)["data"]
    assert chromium.errors == []
