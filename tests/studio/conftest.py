from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import write_classes, zipped
from starlette.testclient import TestClient
from visits import BASE

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
