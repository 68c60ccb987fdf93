"""Models in the ONNX format: the same answers as the original, or none."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fits import keep_fitted
from starlette.testclient import TestClient
from studies import add_finished

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.models import (
    MODELS,
    ONNX_FOLDER,
    Scored,
    build_network,
    default_options,
    export_model,
    opened_model,
    score_kept,
)
from nni_hpo_ext.studio.pages import StudioStore

_WITHOUT = "the converters are not installed: extra onnx"


def scored_model(images: ImageSet, name: str, folder: Path, **others: Any) -> Scored:
    """Return the answers of a shallow model that is fitted and kept in a folder."""
    options = {**default_options(MODELS[name], images.size), **others}
    keep_fitted(images, name, folder, options)
    return score_kept(folder, images, MODELS[name], options, images.size)


@pytest.mark.parametrize(
    ("name", "others"),
    [("svm", {}), ("svm", {"features": "fisher"}), ("logistic", {"features": "everything"}),
     ("forest", {"features": "pixels"}), ("tree", {}), ("bayes", {})],
)  # fmt: skip
def test_a_shallow_model_gives_the_same_answers_as_onnx(
    images: ImageSet, tmp_path: Path, name: str, others: dict[str, Any]
) -> None:
    for package in ("onnxruntime", "skl2onnx"):
        pytest.importorskip(package, reason=_WITHOUT)
    scored = scored_model(images, name, tmp_path / "kept", **others)
    assert scored.card["onnx"]["difference"] < 1e-3
    with opened_model(tmp_path / "kept" / ONNX_FOLDER) as model:
        found = model.probabilities(images.images(scored.rows.tolist(), images.size))
    np.testing.assert_allclose(found, scored.probabilities, atol=1e-3)


def test_a_network_gives_the_same_answers_as_onnx(images: ImageSet, tmp_path: Path) -> None:
    for package in ("onnxruntime", "tf2onnx"):
        pytest.importorskip(package, reason=_WITHOUT)
    options = default_options(MODELS["small_cnn"], images.size)
    network = build_network("small_cnn", options, (images.size, images.size, 3), 3)
    network.save(tmp_path / "model.keras")
    scored = score_kept(tmp_path, images, MODELS["small_cnn"], options, images.size)
    assert scored.card["onnx"]["difference"] < 1e-3
    import onnx

    graph = onnx.load(tmp_path / ONNX_FOLDER / "model.onnx").graph
    assert [(i.name, o.name) for i, o in zip(graph.input, graph.output, strict=True)] == [
        ("pixels", "probabilities")
    ]


def test_the_download_works_elsewhere_without_scikit_learn(
    images: ImageSet, tmp_path: Path
) -> None:
    for package in ("onnxruntime", "skl2onnx"):
        pytest.importorskip(package, reason=_WITHOUT)
    scored = scored_model(images, "svm", tmp_path / "kept", features="patches")
    export_model(tmp_path / "kept" / ONNX_FOLDER, tmp_path / "model-onnx.zip")
    with zipfile.ZipFile(tmp_path / "model-onnx.zip") as opened:
        opened.extractall(tmp_path / "elsewhere")
    hidden = tmp_path / "elsewhere" / "sklearn.py"
    hidden.write_text("raise ImportError('hidden')")
    files = [str(images.path(row)) for row in scored.rows]
    command = [sys.executable, str(tmp_path / "elsewhere" / "predict.py"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = [row["label"] for row in csv.DictReader(done.stdout.splitlines())]
    labels = scored.card["labels"]
    assert sorted(answers) == sorted(labels[i] for i in scored.probabilities.argmax(axis=1))
    about = (tmp_path / "elsewhere" / "README.txt").read_text()
    assert "It takes features, not images" in about
    assert not list((tmp_path / "elsewhere").glob("*.joblib"))


def test_a_model_that_answers_differently_is_not_offered(
    images: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("onnxruntime", "skl2onnx"):
        pytest.importorskip(package, reason=_WITHOUT)
    from nni_hpo_ext.studio.models import _onnx

    convert = _onnx.sklearn_graph
    monkeypatch.setattr(_onnx, "sklearn_graph", lambda estimator, t: convert(estimator, t * 1e6))
    scored = scored_model(images, "logistic", tmp_path / "kept")
    assert "differ from the original" in scored.card["onnx"]["reason"]
    assert not list((tmp_path / "kept").rglob("*.onnx"))


def test_without_the_converters_the_reason_names_the_extra(
    images: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    scored = scored_model(images, "logistic", tmp_path / "kept")
    assert "pip install 'nni-hpo-ext[onnx]'" in scored.card["onnx"]["reason"]


def test_a_damaged_onnx_model_is_named(images: ImageSet, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason=_WITHOUT)
    scored_model(images, "logistic", tmp_path / "kept")
    (tmp_path / "kept" / ONNX_FOLDER / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(DataError, match="is not a model"), opened_model(tmp_path / "kept/onnx"):
        pass


@pytest.mark.parametrize(
    ("onnx", "words"),
    [({"difference": 2.1e-7}, "by at most 2e-07"), ({"reason": "no can do"}, "no can do")],
)
def test_the_result_offers_the_onnx_model_or_says_why_not(
    client: TestClient, store: StudioStore, onnx: dict[str, Any], words: str
) -> None:
    images = store.add_set("colours", "upload")
    number = add_finished(store, images, lambda model: 0.5, card={"onnx": onnx})
    page = client.get(f"/study/{number}").text
    assert words in page
    assert ("model-onnx.zip" in page) == ("difference" in onnx)
