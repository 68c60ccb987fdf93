from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from pictures import write_classes, zipped
from starlette.testclient import TestClient
from visits import BASE, served

from nni_hpo_ext.studio.data import ImageSet, scan
from nni_hpo_ext.studio.pages import StudioStore, create_studio


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


@pytest.fixture
def images(tmp_path: Path) -> ImageSet:
    folder = tmp_path / "set"
    found = scan(write_classes(folder / "images", 30), folder, "colours")
    found.save()
    return found


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with browser(CHROMIUM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def address(store: StudioStore, chromium: Browser) -> Iterator[str]:
    """Serve a studio that the browser is at; yield its address, without the token."""
    with served(store) as found:
        chromium.errors.clear()
        chromium.requests.clear()
        chromium.open(f"{found}/?token={store.token}", 1280, 900)
        yield found
        chromium.open("about:blank", 1280, 900)  # ends the stream of events
