"""Models of the studio: features, search space, export, and predictions elsewhere."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fits import fitted, keep_fitted

from nni_hpo_ext.check import check_config
from nni_hpo_ext.cli import main
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.jobs import write_config
from nni_hpo_ext.studio.models import (
    FEATURES,
    MODELS,
    StudyPlan,
    build_network,
    default_options,
    export_model,
    fitted_temperature,
    score_kept,
    search_space,
    study_config,
)
from nni_hpo_ext.studio.predict import features, softmax

SHALLOW = [name for name, entry in MODELS.items() if entry.kind == "shallow"]


@pytest.mark.parametrize("name", SHALLOW)
def test_a_shallow_model_learns_colours(images: ImageSet, name: str) -> None:
    estimator, x, y = fitted(images, name)
    assert (estimator.predict(x) == y).mean() >= 2 / 3


@pytest.mark.parametrize("size", [8, 16, 32, 48, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_features_do_not_depend_on_the_batch(size: int, channels: int) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (70, size, size, channels), dtype=np.uint8)
    names = FEATURES["pixels"] + FEATURES["histograms"]
    whole = features(drawn, names)
    assert np.isfinite(whole).all()
    np.testing.assert_allclose(features(drawn[-3:], names), whole[-3:], rtol=1e-5, atol=1e-6)


def test_one_space_holds_the_parameters_of_each_model() -> None:
    space = SearchSpace(search_space(list(MODELS), 64, pretrained=True))
    for entry in MODELS.values():
        assert {"model": {"_name": entry.name, **default_options(entry, 64)}} in space


def test_a_model_for_larger_images_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 32 pixels"):
        search_space(["resnet"], 8)


@pytest.mark.parametrize("search", ["Diversified", "Dragonfly", "EvolutionTuner", "Grid"])
def test_a_config_passes_the_check(
    images: ImageSet, search: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni_hpo_ext import registry

    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    registry.register()
    plan = StudyPlan("colours", images.folder, ["svm", "small_cnn"], search)
    path = write_config(tmp_path / "study", study_config(plan, images.size))
    assert [str(found) for found in check_config(path) if found.is_error] == []


@pytest.mark.parametrize("name", ["small_cnn", "rnn", "mobilenet", "alexnet", "inception", "cells"])
def test_a_network_gives_a_probability_per_class(name: str) -> None:
    size = max(8, MODELS[name].least)
    options = {**default_options(MODELS[name], size), "blocks": 4}
    model = build_network(name, options, (size, size, 1), 5)
    answers = model.predict_on_batch(np.zeros((2, size, size, 1)))
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-4)


def test_a_temperature_makes_probabilities_honest() -> None:
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(4000, 3))
    honest = softmax(scores)
    targets = (generator.random((4000, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    assert fitted_temperature(scores * 5, targets) == pytest.approx(5, rel=0.15)


def test_an_exported_model_gives_the_same_answers_elsewhere(
    images: ImageSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, entry = keep_fitted(images, "logistic", tmp_path / "kept"), MODELS["logistic"]
    options = default_options(entry, images.size)
    scored = score_kept(kept, images, entry, options, images.size)
    archive = tmp_path / "model.zip"
    export_model(kept, archive)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "elsewhere")
    files = [str(images.path(row)) for row in scored.rows]
    command = [sys.executable, "-I", str(tmp_path / "elsewhere" / "predict.py"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    labels = json.loads((tmp_path / "elsewhere" / "model.json").read_text())["labels"]
    answers = {row["file"]: row["label"] for row in csv.DictReader(done.stdout.splitlines())}
    wanted = [labels[best] for best in scored.probabilities.argmax(axis=1)]
    assert [answers[file] for file in files] == wanted

    sys.argv = ["nni-hpo", "predict", str(archive), *files]
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out == done.stdout


def test_the_program_of_a_model_needs_nothing_of_the_package() -> None:
    from nni_hpo_ext.studio import predict

    assert "nni_hpo_ext" not in Path(predict.__file__).read_text().replace("`nni_hpo_ext", "")
