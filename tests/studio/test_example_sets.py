"""Example sets that are not folders of images."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient
from visits import read

from nni_hpo_ext.files import load_arrays
from nni_hpo_ext.studio.data import ImageSet, read_set
from nni_hpo_ext.studio.pages import StudioStore

NAMES = [b"airplane", *(b"class %d" % number for number in range(1, 10))]
FILES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


@pytest.fixture
def batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small copy of CIFAR-10 in its publisher's layout: six files of 20 images."""
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name in FILES:
        rows = generator.integers(0, 256, (20, 3072), dtype=np.uint8)
        write(folder / name, {b"data": rows, b"labels": [*range(10), *range(10)]})
    write(folder / "batches.meta", {b"label_names": NAMES})
    monkeypatch.setenv("NNI_HPO_DATA", str(folder.parent))
    return folder


def write(file: Path, content: object) -> None:
    file.write_bytes(pickle.dumps(content, protocol=2))


def taken(client: TestClient, store: StudioStore, name: str) -> ImageSet:
    assert f"<option>{name}</option>" in client.get("/").text
    client.post("/data/add", data={"example": name})
    assert read(client, "/data/1")["state"] == "ready"
    return read_set(store.set_folder(1))


def test_cifar10_keeps_its_test_part(client: TestClient, store: StudioStore, batches: Path) -> None:
    images = taken(client, store, batches.name)
    assert images.labels == sorted(name.decode() for name in NAMES)
    assert len(images.rows("train")) + len(images.rows("validation")) == 100
    rows = images.rows("test")
    with (batches / "test_batch").open("rb") as file:
        official = load_arrays(file, encoding="bytes")
    wanted = official[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    found = {(images.pictures[row].label, images.images([row], 32).tobytes()) for row in rows}
    names = [NAMES[label].decode() for label in official[b"labels"]]
    assert found == {(n, image.tobytes()) for n, image in zip(names, wanted, strict=True)}


def test_the_digits_become_images(client: TestClient, store: StudioStore) -> None:
    images = taken(client, store, "digits")
    assert (len(images.pictures), images.size, images.channels) == (1797, 8, 1)
    assert images.labels == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    ("names", "reason"),
    [([b"../up", *NAMES[1:]], "cannot be named"), (NAMES[:3], "does not name 10 classes")],
)
def test_damaged_names_of_classes_are_refused(
    client: TestClient, batches: Path, names: list[bytes], reason: str
) -> None:
    write(batches / "batches.meta", {b"label_names": names})
    client.post("/data/add", data={"example": batches.name})
    state = read(client, "/data/1")
    assert (state["state"], reason in state["message"]) == ("failed", True)
    assert not (batches.parent / "up").exists()
