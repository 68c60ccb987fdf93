"""The page of `nni-hpo compare` in a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from browser import browser
from test_compare import compared, study

from nni_hpo_ext.compare import as_html

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_it_draws_every_tuner_without_an_error(tmp_path: Path, width: int) -> None:
    file = tmp_path / "compare.html"
    runs = [study(t, [0.1, 0.1 * i, 0.5 + 0.1 * i]) for t in ("A", "<b>B</b>") for i in range(3)]
    file.write_text(as_html([compared(*runs)]))
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path / "profile") as page:
        page.open(file.as_uri(), width, 900, phone=width < 500)
        page.wait("document.querySelectorAll('.scatterlayer .js-line').length > 1")
        names = page.run("[...document.querySelectorAll('.legendtext')].map(e => e.textContent)")
        assert sorted(names) == ["<b>B</b>", "A"]
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.errors == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
