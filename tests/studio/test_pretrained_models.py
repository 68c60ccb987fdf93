"""Pretrained networks in the studio: features, training, export. Weights are random and small."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest
from pictures import write_classes

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.studio import trial
from nni_hpo_ext.studio.data import ImageSet, scan
from nni_hpo_ext.studio.models import (
    MODELS,
    FeatureTable,
    PretrainedNetwork,
    StudyPlan,
    default_options,
    export_model,
    opened_model,
    score_kept,
    search_space,
    study_config,
)
from nni_hpo_ext.studio.models._pretrained_torch import _dataset

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")

SIDE = 32
WIDTH = 5


@pytest.fixture(autouse=True)
def keep_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras takes them before its first model only."""
    monkeypatch.setattr("nni_hpo_ext.trial.apply_hardware", lambda params: None)


@pytest.fixture
def images(tmp_path: Path) -> ImageSet:
    folder = tmp_path / "set"
    found = scan(write_classes(folder / "images", 12), folder, "colours")
    found.save()
    return found


def tiny_torch(name: str, num_classes: int) -> Any:
    """Return a network in the place of a published one."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, WIDTH, 3), torch.nn.BatchNorm2d(WIDTH), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Linear(WIDTH, num_classes),
    )  # fmt: skip


def tiny_keras(include_top: bool, weights: None, input_shape: Any, pooling: str) -> Any:
    """Return a network in the place of one of keras.applications."""
    import keras

    images = keras.Input(input_shape)
    features = keras.layers.Activation("relu")(keras.layers.Conv2D(WIDTH, 3)(images))
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(features))


def preprocess_input(images: Any) -> Any:
    """Return what the network in Keras was trained on, from 0 to 1."""
    return images / 255.0


@pytest.fixture(params=["torch", "keras"])
def weights(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    if request.param == "torch":
        torch.manual_seed(0)
        monkeypatch.setattr("nni_hpo_ext.trial.torch.published_network", tiny_torch)
        file = tmp_path / "tiny.pth"
        torch.save(tiny_torch("tiny", 10).state_dict(), file)
        return file
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    monkeypatch.setattr(keras.applications, "Tiny", tiny_keras, raising=False)
    file = tmp_path / "tiny_notop.weights.h5"
    tiny_keras(False, None, (SIDE, SIDE, 3), "avg").save_weights(file)
    return file


def network_of(weights: Path) -> PretrainedNetwork:
    network = PretrainedNetwork.named(str(weights), SIDE)
    assert network is not None
    return network


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Results of trials that keep their model in a folder of NNI."""
    sent: list[Any] = []
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / "nni" / "trials" / "one"))
    monkeypatch.setattr(nni, "report_intermediate_result", lambda value: None)
    monkeypatch.setattr(nni, "report_final_result", sent.append)
    return sent


def run_trial(monkeypatch: pytest.MonkeyPatch, images: ImageSet, *options: str) -> None:
    monkeypatch.setattr(
        sys, "argv", ["trial.py", "--data-dir", str(images.folder), *map(str, options)]
    )
    trial.main()


def exported(
    kept: Path, images: ImageSet, model: str, options: dict[str, Any], network: PretrainedNetwork
) -> tuple[Path, Any]:
    scored = score_kept(kept, images, MODELS[model], options, images.size, network)
    archive = kept / "model.zip"
    export_model(kept, archive)
    return archive, scored


def test_an_embedding_is_computed_once_and_does_not_depend_on_the_batch(
    images: ImageSet, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_of(weights)
    monkeypatch.setattr("nni_hpo_ext.studio.models._features._BATCH", 7)
    first = FeatureTable(images, images.size, network).of("train", ["embedding"])
    assert first.shape == (len(images.rows("train")), WIDTH)
    monkeypatch.setattr(PretrainedNetwork, "write_features", None)
    again = FeatureTable(images, images.size, network).of("train", ["embedding"])
    np.testing.assert_array_equal(first, again)


def test_another_side_gives_another_embedding(images: ImageSet, weights: Path) -> None:
    network = network_of(weights)
    other = PretrainedNetwork(network.weights, 40)
    found = [FeatureTable(images, 24, each).of("test", ["embedding"]) for each in (network, other)]
    assert not np.allclose(*found, rtol=1e-2)


def test_an_exported_model_holds_the_network_of_its_features(
    images: ImageSet, weights: Path, results: list[Any], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    run_trial(monkeypatch, images, "--model", "logistic", "--weights", str(weights),
              "--network-size", str(SIDE))  # fmt: skip
    options = default_options(MODELS["logistic"], images.size, pretrained=True)
    network = network_of(weights)
    archive, scored = exported(
        tmp_path / "nni" / "trials" / "one", images, "logistic", options, network
    )
    right = scored.validation_probabilities.argmax(axis=1) == scored.validation_targets
    assert results[0]["default"] == pytest.approx(right.mean())
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(archive) as opened:
        assert network.file_name in opened.namelist()
        opened.extractall(elsewhere)
    library = {"torch": "torch==", "keras": "keras=="}[network.weights.library]
    assert library in (elsewhere / "requirements.txt").read_text()
    picture = images.path(scored.rows[0])
    command = [sys.executable, "-I", str(elsewhere / "predict.py"), str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = done.stdout.splitlines()[1].split(",")[1]
    assert answer == scored.card["labels"][scored.probabilities[0].argmax()]
    (elsewhere / network.file_name).unlink()
    missing = subprocess.run(command, capture_output=True, text=True, check=False)
    assert missing.returncode == 1
    assert missing.stderr.startswith(f"{network.file_name}, the network of this model, is not in")
    with pytest.raises(DataError, match=network.file_name), opened_model(elsewhere):
        pass


@pytest.mark.parametrize("frozen", [1, 0])
def test_a_network_is_trained_further_and_exported(
    frozen: int, images: ImageSet, weights: Path, results: list[Any],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    options = {"epochs": 1, "frozen": frozen, "augment": "mirror"}
    run_trial(monkeypatch, images, "--model", "pretrained", "--weights", str(weights),
              "--network-size", str(SIDE), "--options", json.dumps(options))  # fmt: skip
    assert results[0]["epochs"] == 1
    options = {**default_options(MODELS["pretrained"], images.size), **options}
    kept = tmp_path / "nni" / "trials" / "one"
    archive, scored = exported(kept, images, "pretrained", options, network_of(weights))
    assert scored.card["size"] == SIDE
    with opened_model(archive) as model:
        pixels = np.stack([model.read(images.path(row)) for row in scored.rows])
        np.testing.assert_allclose(model.probabilities(pixels), scored.probabilities, rtol=1e-4)


def test_the_search_does_not_read_the_test_part(images: ImageSet) -> None:
    data = _dataset(images, SIDE)
    assert (len(data.x_train), len(data.x_test)) == (len(images.rows("train")), 0)
    assert data.x_train[[0, 1]].shape == (2, SIDE, SIDE, 3)


def test_one_space_holds_models_with_and_without_a_pretrained_network() -> None:
    space = SearchSpace(search_space(["svm", "pretrained"], 64, pretrained=True))
    for features in ("embedding", "histograms"):
        options = {**default_options(MODELS["svm"], 64), "features": features}
        assert {"model": {"_name": "svm", **options}} in space
    for frozen in (0, 1):
        options = {**default_options(MODELS["pretrained"], 64), "frozen": frozen}
        assert {"model": {"_name": "pretrained", **options}} in space


def test_weights_are_asked_for_where_a_model_needs_them(images: ImageSet) -> None:
    with pytest.raises(ConfigError, match="needs weights; choose them"):
        search_space(["pretrained"], 64)
    config = study_config(
        StudyPlan("colours", images.folder, ["svm"], weights="torch:resnet18:/a b/x.pth"), 24
    )
    assert "--weights 'torch:resnet18:/a b/x.pth' --network-size 128" in config["trialCommand"]
    first = config["tuner"]["classArgs"]["start_from"][0]["model"]
    assert first["features"] == "embedding"


def test_a_trial_without_weights_says_so(images: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    for options in (("--model", "pretrained"), ("--options", '{"features": "embedding"}')):
        with pytest.raises(ConfigError, match="need a pretrained network; give --weights"):
            run_trial(monkeypatch, images, *options)
