"""Make the pictures of studio.md: `python docs/studio_pages.py` (needs Chromium; six minutes).

A user's way through the studio, with handwritten digits: add images, start a study, watch it, read
the result, try the model, compare searches. Each page is photographed on a desktop and on a phone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "studio"))
from browser import CHROMIUM, Browser, browser
from nni_home import Home
from studio_process import Studio

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = 1280, 390
HEIGHTS = {DESKTOP: 960, PHONE: 1200}
COLOURS = 96
PHASE = "document.getElementById('live').dataset.phase"
LIVELY = f"document.querySelectorAll('#trials tr').length > 5 || {PHASE} === 'done'"
# Pictures below the window are not loaded.
DRAWN = (
    "[...document.images].every((image) => image.complete || !image.checkVisibility()"
    " || image.getBoundingClientRect().top > innerHeight)"
)
STUDIES: tuple[Mapping[str, str], ...] = (
    {"minutes": "2"},
    {"minutes": "1", "search": "EvolutionTuner"},
    {"minutes": "1", "search": "Grid"},
)


class Tour:
    """A way through the pages of a studio.

    Parameters
    ----------
    window
        The browser.
    studio
        The studio, without any images.
    """

    def __init__(self, window: Browser, studio: Studio) -> None:
        self._window = window
        self._studio = studio

    def go(self, path: str, width: int = DESKTOP) -> None:
        """Open a page, in a window that shows all of the picture."""
        self._window.open(self._studio.url + path, width, HEIGHTS[width], phone=width == PHONE)

    def photograph(self, name: str) -> None:
        """Write pictures of the page that is open."""
        for width in HEIGHTS:
            path = self._window.run("location.pathname")
            self.go(path, width)
            self._window.until(
                "!document.querySelector('#live') || !!document.querySelector('#trials tr')"
            )
            self._shot(name, width)
        self.go(path)

    def _shot(self, name: str, width: int) -> None:
        file = IMAGES / f"studio-{name}-{width}.png"
        self._window.until(DRAWN)
        height = self._window.run("document.querySelector('main').getBoundingClientRect().bottom")
        self._window.screenshot(file, x=0, y=0, width=width, height=min(height, HEIGHTS[width]))
        Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            file, optimize=True
        )

    def add_digits(self) -> None:
        """Take the example set, and look at it."""
        self.go("/")
        self._window.run(
            "document.querySelector('[name=example]').form.querySelector('button').click()"
        )
        self._window.until("document.body.textContent.includes('Find the best model')")
        self.photograph("data")

    def search(self, number: int, choices: Mapping[str, str], *, photographed: bool) -> None:
        """Start a study, and wait for its result."""
        self.go("/data/1/new")
        if photographed:
            self.photograph("new")
        for name, value in choices.items():
            self._window.run(f"document.querySelector('[name={name}]').value = '{value}'")
        began = time.monotonic()
        self._window.run("document.querySelector('#new button').click()")
        self._window.until("!!document.getElementById('live')")
        if photographed:
            self._window.until(LIVELY, 300)
            self.photograph("live")
        self._window.until(f"{PHASE} === 'done' || {PHASE} === 'failed'", 600)
        if self._window.run(f"{PHASE} === 'failed'"):
            sys.exit(self._window.run("document.getElementById('problem').textContent"))
        self.go(f"/study/{number}")
        sentence = self._window.run("document.querySelector('.lead').textContent")
        print(f"{time.monotonic() - began:.0f} s: {sentence}", flush=True)

    def use(self, digit: Path) -> None:
        """Look at the result of the first study, and try its model."""
        self.go("/study/1")
        self.photograph("result")
        self.go("/study/1/try")
        for width in HEIGHTS:
            self.go("/study/1/try", width)
            self._window.choose("#try input", digit)
            self._window.until("!!document.querySelector('#nearest img')")
            self._shot("try", width)

    def overview(self) -> None:
        """Look at all studies, the models and the start page."""
        for name, path in (("compare", "/data/1/studies"), ("models", "/models"), ("home", "/")):
            self.go(path)
            self.photograph(name)


def write_digit(folder: Path) -> Path:
    """Write an enlarged digit."""
    from sklearn.datasets import load_digits

    pixels = (load_digits().images[1793] * 255 / 16).astype("uint8")
    path = folder / "digit.png"
    Image.fromarray(pixels).resize((160, 160), Image.Resampling.BICUBIC).save(path)
    return path


@contextmanager
def opened() -> Iterator[tuple[Tour, Path]]:
    """Open a browser at a new studio."""
    if CHROMIUM is None:
        sys.exit("studio_pages.py: Chromium is not installed")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        browser(CHROMIUM, Path(name) / "profile") as window,
    ):
        studio = Studio(Home(Path(name)))
        window.open(studio.address, DESKTOP, HEIGHTS[DESKTOP])
        try:
            yield Tour(window, studio), Path(name)
        finally:
            studio.kill()


def main() -> None:
    """Make all pictures."""
    with opened() as (tour, folder):
        tour.add_digits()
        for number, choices in enumerate(STUDIES, 1):
            tour.search(number, choices, photographed=number == 1)
        tour.use(write_digit(folder))
        tour.overview()


if __name__ == "__main__":
    main()
