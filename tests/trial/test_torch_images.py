"""Folders of images in PyTorch, written small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")
Image = pytest.importorskip("PIL.Image", reason="pillow is not installed (extra torch)")

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError  # noqa: E402
from nni_hpo_ext.trial.data import image_dataset  # noqa: E402
from nni_hpo_ext.trial.data._frame import FITS, Frame  # noqa: E402
from nni_hpo_ext.trial.torch import loaders  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytorch_cifar10"
MEAN, SPREAD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
COLOURS = {"green": (20, 200, 20), "red": (220, 10, 10)}


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    for part, each in {"train": 8, "val": 4, "test": 2}.items():
        for name, colour in COLOURS.items():
            for number in range(each):
                file = tmp_path / "leaves" / part / name / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (30, 20), colour).save(file)
    return tmp_path / "leaves"


def test_images_in_folders_are_batches_of_the_size_asked_for(leaves: Path) -> None:
    data = image_dataset("plant_leaves", str(leaves), size=24, max_train=12)
    assert (data.name, data.num_classes, data.image_shape) == ("plant_leaves", 2, (24, 24, 3))
    parts = loaders(data, 4, augment=False, cutout=0, num_workers=0, seed=0)
    assert [len(part.dataset) for part in parts] == [12, 8, 4]
    for part in parts:
        for images, labels in part:
            assert images.shape == (4, 3, 24, 24)
            expected = (np.array(list(COLOURS.values()))[labels] / 255 - MEAN) / SPREAD
            np.testing.assert_allclose(images[:, :, 7, 7], expected, rtol=1e-5)
            assert (images == images[:, :, :1, :1]).all()


@pytest.mark.parametrize("fit", FITS)
def test_an_image_is_brought_into_the_same_form_as_for_keras(fit: str, tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 32))
    pixels = np.stack([x, y, 255 - x], axis=-1).astype(np.uint8)
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    data = image_dataset("plant_leaves", str(tmp_path), size=16, fit=fit)
    ours = (data.x_train[[0]][0] * SPREAD + MEAN) * 255
    keras = Frame(16, 16, fit=fit).decoded(tf.io.read_file(str(tmp_path / "a" / "0.png")))
    np.testing.assert_allclose(ours, keras.numpy(), atol=4)


def test_small_sets_are_read_once(leaves: Path) -> None:
    data = image_dataset("plant_leaves", str(leaves), size=8)
    before = data.limited(2, 2).x_train
    for file in leaves.rglob("*.png"):
        file.unlink()
    np.testing.assert_array_equal(data.x_train[[0, 1]], before)
    with pytest.raises(DataError, match=r"\.png cannot be read"):
        data.x_train[[2]]


def test_what_cannot_be_read_is_named(
    leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"absent does not exist"):
        image_dataset("plant_leaves", str(tmp_path / "absent"))
    with pytest.raises(ConfigError, match="several labels"):
        image_dataset("human_protein", str(leaves))
    shards = tmp_path / "shards"
    shards.mkdir()
    for number in range(4):
        (shards / f"train-0000{number}-of-00004").touch()
    with pytest.raises(DataError, match="shards contains records"):
        image_dataset("imagenet", str(shards))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingDependencyError, match="pip install pillow"):
        image_dataset("plant_leaves", str(leaves))


def run(leaves: Path) -> subprocess.CompletedProcess[str]:
    options = (
        "--dataset plant_leaves --size 40 --width 0.125 --source own --model alexnet --epochs 2 "
        "--batch-size 8 --initial-lr 0.01 --num-workers 1 --data-dir"
    )
    command = [sys.executable, "trial.py", *options.split(), str(leaves)]
    return subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)


def test_a_trial_trains_on_a_folder_and_names_a_damaged_file(leaves: Path) -> None:
    whole = run(leaves)
    assert whole.returncode == 0, whole.stderr
    assert "plant_leaves" in whole.stdout
    (leaves / "train" / "red" / "3.png").write_bytes(b"no image")
    damaged = run(leaves)
    assert damaged.returncode != 0
    last = damaged.stderr.strip().splitlines()[-1]
    assert "red/3.png cannot be read" in last
    assert "Traceback" not in damaged.stderr
