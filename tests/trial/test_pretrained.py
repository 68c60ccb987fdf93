"""Weights on this machine: what a text names, and what the caches hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.trial.pretrained import Pretrained, cached_file, cached_weights, pretrained


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in {"KERAS_HOME": "keras", "TORCH_HOME": "torch", "HF_HOME": "hf"}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    return tmp_path


def put(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


@pytest.mark.parametrize(
    ("text", "library", "network"),
    [
        ("keras:MobileNetV2", "keras", "MobileNetV2"),
        ("torch:resnet18:/a:b/c.pth", "torch", "resnet18"),
        ("/a/resnet18-f37072fd.pth", "torch", "resnet18"),
        ("/a/efficientnet-lite0-57934424.pth", "torch", "efficientnet_lite0"),
        ("/a/mobilenet_1_0_224_tf_no_top.h5", "keras", "mobilenet"),
    ],
)
def test_a_text_names_a_network_and_its_file(text: str, library: str, network: str) -> None:
    found = pretrained(text)
    assert (found.library, found.network) == (library, network)
    assert pretrained(str(found)) == found


@pytest.mark.parametrize("text", ["resnet18", "keras:", "torch::a.pth", "notes.txt"])
def test_a_text_that_names_no_weights_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="weights"):
        pretrained(text)


# Files as Keras publishes them.
KERAS = {
    "mobilenet_1_0_224_tf_no_top.h5": "MobileNet",
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5": "MobileNetV2",
    "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5": "MobileNetV3Large",
    "efficientnetv2-b0_notop.h5": "EfficientNetV2B0",
    "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5": "ResNet50V2",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5": "ResNet50",
    "nasnet_mobile_no_top.h5": "NASNetMobile",
}


def test_a_network_of_keras_is_not_taken_for_another(home: Path) -> None:
    for name in KERAS:
        put(home / "keras" / "models" / name)
    for name, network in KERAS.items():
        assert cached_file("keras", network).name == name
    missing = "no weights of VGG16 without its last layer are in .*nothing is downloaded"
    with pytest.raises(DataError, match=missing):
        cached_file("keras", "VGG16")


def test_the_caches_are_listed(home: Path) -> None:
    assert cached_weights() == []
    models = home / "keras" / "models"
    put(models / "vgg16_weights_tf_dim_ordering_tf_kernels.h5")  # with its last layer
    files = {
        "vgg19": put(models / "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        "resnet18": put(home / "torch" / "hub" / "checkpoints" / "resnet18-f37072fd.pth"),
        "tiny": put(home / "hf/hub/models--timm--tiny.in1k/snapshots/5f/model.safetensors"),
    }
    put(home / "hf/hub/models--google--bert/snapshots/5f/model.safetensors")
    assert {found.network: found.weights() for found in cached_weights()} == files


def test_what_is_missing_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"absent\.pth do not exist; nothing is downloaded"):
        Pretrained("torch", "resnet18", home / "absent.pth").require()
    weights = Pretrained("torch", "resnet18", put(home / "resnet18.pth"))
    monkeypatch.setattr("nni_hpo_ext.trial.pretrained.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'nni-hpo-ext\[torch\]'"):
        weights.require()
