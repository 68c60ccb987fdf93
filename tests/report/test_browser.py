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
        "document.getElementById('progress-0-trials').emit('plotly_click',"
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
    assert chromium.run("document.querySelectorAll('.plot').length") > 25
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
    told = chromium.run("document.querySelector('#trial:not([hidden]) pre').textContent")
    assert '"inter_op_parallelism_threads"' in told


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
