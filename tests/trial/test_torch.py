"""PyTorch's side of a trial: hardware parameters, batches, the example, its report."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import nni
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")

from nni_hpo_ext.errors import (  # noqa: E402
    ConfigError,
    DataError,
    HpoExtError,
    MissingDependencyError,
)
from nni_hpo_ext.trial.data import IMAGENET_MEAN, IMAGENET_SPREAD  # noqa: E402
from nni_hpo_ext.trial.torch import (  # noqa: E402
    Images,
    TorchReport,
    apply_torch_hardware,
    export_network,
    load_weights,
    make_optimizer,
    published_network,
)
from nni_hpo_ext.trial.torch._augment import (  # noqa: E402
    _OPERATIONS,
    cut_out,
    flipped,
    mixed,
    rand_augmented,
    shifted,
)
from nni_hpo_ext.trial.torch._step import Learner  # noqa: E402

# On a busy machine a second thread waits for its turn longer than it helps.
torch.set_num_threads(1)

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytorch_cifar10"

# Threads and oneDNN are settings of the whole process, so each is tried in one of its own.
FRESH = """
import json
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile
from nni_hpo_ext.trial.torch import apply_torch_hardware

def operations(mkldnn):
    apply_torch_hardware({"mkldnn": mkldnn})
    model = nn.Conv2d(3, 8, 3)
    with profile(activities=[ProfilerActivity.CPU]) as trace:
        model(torch.ones(2, 3, 8, 8))
    return [event.key for event in trace.key_averages()]

report = apply_torch_hardware({"intra_op_parallelism_threads": 3,
                               "inter_op_parallelism_threads": 2,
                               "infer_shapes": 1, "LEARNING_RATE": 0.1})
threads = torch.get_num_threads(), torch.get_num_interop_threads()
late = apply_torch_hardware({"inter_op_parallelism_threads": 4})
print(json.dumps({
    "outcomes": dict(report.outcomes), "late": dict(late.outcomes), "threads": threads,
    "with": any("mkldnn" in name for name in operations(1)),
    "without": any("mkldnn" in name for name in operations(0)),
}))
"""


def test_threads_and_onednn_act_and_the_rest_says_why_not() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["threads"] == [3, 2]
    assert (found["with"], found["without"]) == (True, False)
    outcomes = found["outcomes"]
    assert outcomes["intra_op_parallelism_threads"] == "applied"
    assert outcomes["inter_op_parallelism_threads"].startswith("inert: set")
    assert found["late"]["inter_op_parallelism_threads"].startswith("inert: PyTorch sets it only")
    assert outcomes["infer_shapes"] == "inert: TensorFlow only"
    assert "LEARNING_RATE" not in outcomes


def test_channels_last_reaches_weights_and_images() -> None:
    model, images = torch.nn.Conv2d(3, 8, 3), torch.ones(2, 3, 8, 8)
    off, on = (apply_torch_hardware({"channels_last": value}) for value in (0, 1))
    last = {"memory_format": torch.channels_last}
    assert not off.images(images).is_contiguous(**last)
    assert not off.model(model).weight.is_contiguous(**last)
    assert on.images(images).is_contiguous(**last)
    assert on.model(model)(on.images(images)).is_contiguous(**last)


def test_autocast_computes_in_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "amx_bf16": True})
    layer, x = torch.nn.Linear(4, 4), torch.ones(1, 4)
    kinds = []
    for value in (0, 1):
        with apply_torch_hardware({"bf16_autocast": value}).autocast("cpu"):
            kinds.append(layer(x).dtype)
    assert kinds == [torch.float32, torch.bfloat16]


def test_emulated_bfloat16_is_inert(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step in emulated bfloat16 takes 12 to 24 times as long."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "amx_bf16": False})
    hardware = apply_torch_hardware({"bf16_autocast": 1})
    assert hardware.as_metrics() == {"bf16_autocast": "inert"}
    with hardware.autocast("cpu"):
        assert torch.nn.Linear(4, 4)(torch.ones(1, 4)).dtype == torch.float32


@pytest.mark.parametrize(
    ("program", "spins"),
    [
        ("import nni_hpo_ext.trial.torch", False),
        (f"import sys; sys.path.insert(0, {str(EXAMPLE)!r}); import trial", False),
        ("import torch, nni_hpo_ext.trial.torch", True),
    ],
)
def test_threads_wait_without_spinning_if_pytorch_is_loaded_by_us(
    program: str, spins: bool
) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**environment, "OMP_DISPLAY_ENV": "VERBOSE"},
    )
    # GNU's OpenMP says in this way how many times a waiting thread looks for work.
    found = re.search(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)
    if found is None:
        pytest.skip("PyTorch does not use GNU's OpenMP here")
    assert (int(found.group(1)) > 0) == spins
    assert ("was imported before" in done.stderr) == spins


def test_compiling_is_asked_of_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/c++")
    model = torch.nn.Linear(2, 2)
    assert apply_torch_hardware({"compile_model": 0}).model(model) is model
    compiled = apply_torch_hardware({"compile_model": 1}).model(model)
    assert compiled._orig_mod is model


def test_without_a_compiler_compiling_is_inert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    hardware = apply_torch_hardware({"compile_model": 1})
    model = torch.nn.Linear(2, 2)
    assert hardware.model(model) is model
    assert hardware.as_metrics() == {"compile_model": "inert"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("intra_op_parallelism_threads", 0), ("channels_last", 2), ("bf16_autocast", 0.5)],
)
def test_a_value_out_of_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        apply_torch_hardware({name: value})


def numbered(n: int = 64, side: int = 8) -> Any:
    """Return images whose every pixel has a value of its own, above 0."""
    return 1 + torch.arange(n * 3 * side * side, dtype=torch.float32).reshape(n, 3, side, side)


def test_cutout_blanks_a_square_in_all_channels() -> None:
    torch.manual_seed(0)
    images = numbered()
    blank = cut_out(images, 4) == 0
    assert (blank[:, 0] == blank[:, 2]).all()
    counts = blank[:, 0].sum(dim=(1, 2))
    # A square may stand half outside of the image, but its middle is inside.
    assert counts.max() == 16
    assert counts.min() >= 4
    assert len(set(counts.tolist())) > 2


def test_shifting_moves_the_whole_image_by_up_to_four_pixels() -> None:
    torch.manual_seed(0)
    images = numbered(side=16)
    moved = shifted(images)
    assert moved.shape == images.shape
    offsets = set()
    for before, after in zip(images[:, 0], moved[:, 0], strict=True):
        centre = after[8, 8]
        row, column = (before == centre).nonzero()[0].tolist()
        offsets.add((row - 8, column - 8))
    assert all(abs(r) <= 4 and abs(c) <= 4 for r, c in offsets)
    assert len(offsets) > 20


def test_about_half_of_the_images_are_mirrored() -> None:
    torch.manual_seed(0)
    images = numbered()
    result = flipped(images)
    same = (result == images).all(dim=(1, 2, 3))
    mirrored = (result == images.flip(3)).all(dim=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 20 < int(same.sum()) < 44


@pytest.mark.parametrize("operation", range(12))
def test_an_operation_of_randaugment_keeps_shape_and_stays_finite(
    operation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [_OPERATIONS[operation]]
    monkeypatch.setattr("nni_hpo_ext.trial.torch._augment._OPERATIONS", chosen)
    images = torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    changed = rand_augmented(images, 1, 0.5, torch.Generator().manual_seed(1))
    assert changed.shape == images.shape
    assert changed.isfinite().all()
    assert bool((changed == images).all()) == (operation == 0)
    if operation != 11:  # without strength only stretching changes an image
        still = rand_augmented(images, 1, 0.0, torch.Generator().manual_seed(1))
        torch.testing.assert_close(still, images)


def test_randaugment_follows_the_seed_of_the_batch() -> None:
    x = np.random.default_rng(0).random((6, 8, 8, 3)).astype(np.float32)
    same, again, other = (
        Images(x, np.arange(6), rand_augment=2, seed=seed).__getitems__([0, 1, 2, 3, 4, 5])[0]
        for seed in (1, 1, 2)
    )
    assert (same == again).all()
    assert not (same == other).all()
    with pytest.raises(ConfigError, match="magnitude"):
        Images(x, np.arange(6), rand_augment=2, magnitude=3.0)


def test_mixup_blends_each_image_with_its_partner() -> None:
    images = numbered(8)
    changed, partners, share = mixed(images, 1.0, torch.Generator().manual_seed(3))
    assert 0 < share <= 0.5
    torch.testing.assert_close(changed, (1 - share) * images + share * images[partners])
    assert sorted(partners.tolist()) == list(range(8))


def test_float16_needs_a_gpu_and_yields_to_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = apply_torch_hardware({"fp16_autocast": 1})
    if not torch.cuda.is_available():
        assert hardware.outcomes["fp16_autocast"] == "inert: float16 needs a GPU"
        assert not hardware.scaler("cpu").is_enabled()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    both = apply_torch_hardware({"bf16_autocast": 1, "fp16_autocast": 1})
    assert both.as_metrics() == {"bf16_autocast": "applied", "fp16_autocast": "inert"}


class Event:
    """A CUDA event, on a GPU where each one comes half a second after the one before."""

    made = 0

    def __init__(self, enable_timing: bool) -> None:
        assert enable_timing
        Event.made += 1
        self.seconds = Event.made / 2

    def record(self) -> None: ...

    def elapsed_time(self, end: Event) -> float:
        return 1000 * (end.seconds - self.seconds)


def test_steps_on_a_gpu_are_timed_there_and_read_after_waiting_for_it(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    report = TorchReport(torch.nn.Linear(1, 1), "digits", checkpoint=False)
    monkeypatch.setattr(report, "_on_gpu", True)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waits.append(1))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**20)
    with report:
        for _ in range(4):
            with report.timed_step():
                pass
        assert len(waits) == 1  # for the first step, whose end is the end of the startup
        report.epoch(0.5)
        assert len(waits) == 2
    (final,) = finals
    assert (final["step_seconds"], final["device_memory_mb"]) == (0.5, 3)


def test_a_single_image_is_one_of_the_batch() -> None:
    x = np.random.default_rng(0).random((5, 8, 8, 3)).astype(np.float32)
    images = Images(x, np.arange(5))
    image, label = images[3]
    np.testing.assert_array_equal(image.permute(1, 2, 0), x[3])
    assert (int(label), len(images)) == (3, 5)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("lamb", {}),
        ("sgd", {"learning_rate": 0.0}),
        ("sgd", {"momentum": 1.5}),
        ("adam", {"weight_decay": -1.0}),
    ],
)
def test_an_unusable_optimizer_is_refused(name: str, numbers: dict[str, float]) -> None:
    settings = {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.0, **numbers}
    with pytest.raises(ConfigError):
        make_optimizer(name, torch.nn.Linear(1, 1), **settings)


def network(classes: int, width: int = 4) -> Any:
    return torch.nn.Sequential(
        torch.nn.Linear(2, width), torch.nn.BatchNorm1d(width), torch.nn.Linear(width, classes)
    )


def test_a_network_starts_from_the_weights_of_another_training(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    before, after = network(10), network(3)
    torch.save(before.state_dict(), file)
    load_weights(after, str(file))
    assert (after[0].weight == before[0].weight).all()
    assert all(parameter.requires_grad for parameter in after.parameters())
    load_weights(after, str(file), frozen=True)
    trained = [name for name, weights in after.named_parameters() if weights.requires_grad]
    assert trained == ["2.weight", "2.bias"]
    same = network(10)
    load_weights(same, str(file))
    assert (same[2].weight == before[2].weight).all()


def test_weights_with_other_names_are_taken_in_their_order(tmp_path: Path) -> None:
    file, before, after = tmp_path / "model.pt", network(10), network(3)
    renamed = {f"layer.{name}": value for name, value in before.state_dict().items()}
    torch.save(renamed, file)
    load_weights(after, str(file), frozen=True)
    assert (after[0].weight == before[0].weight).all()
    assert after[2].weight.requires_grad
    with pytest.raises(DataError, match="another network or width"):
        load_weights(network(3, width=5), str(file))


@pytest.mark.parametrize(("number", "millions"), [*enumerate([4.7, 5.4, 6.1, 8.2, 13.0])])
def test_a_lite_network_has_the_published_number_of_weights(number: int, millions: float) -> None:
    with torch.device("meta"):
        model = published_network(f"efficientnet_lite{number}", 1000)
    assert round(sum(weights.numel() for weights in model.parameters()) / 1e6, 1) == millions


def test_a_network_of_another_scale_takes_images_normalised_as_imagenet_s() -> None:
    model = published_network("efficientnet_lite0", 2).eval()
    bytes_ = torch.randint(0, 256, (1, 3, 32, 32)) / 255.0
    mean, spread = (torch.tensor(n).reshape(1, 3, 1, 1) for n in (IMAGENET_MEAN, IMAGENET_SPREAD))
    seen = []
    model[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    model((bytes_ - mean) / spread)
    torch.testing.assert_close(seen[0], 2 * bytes_ - 1, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("outputs", ["features", "probabilities"])
def test_an_exported_network_takes_images_as_they_are_in_files(
    outputs: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Dropout(0.5), torch.nn.Linear(4, 2),
    )  # fmt: skip
    export_network(model, tmp_path / "model.pt2", 8, outputs=outputs)
    run = torch.export.load(tmp_path / "model.pt2").module()
    pictures = torch.randint(0, 256, (5, 8, 8, 3)).float()
    images = pictures.permute(0, 3, 1, 2) / 255
    mean, spread = (torch.tensor(n).reshape(1, 3, 1, 1) for n in (IMAGENET_MEAN, IMAGENET_SPREAD))
    images = (images - mean) / spread
    model.eval()
    expected = model[:3](images) if outputs == "features" else model(images).softmax(1)
    torch.testing.assert_close(run(pictures), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(run(pictures[:1]), expected[:1], rtol=1e-4, atol=1e-5)


def test_frozen_layers_keep_the_statistics_of_their_normalisation(tmp_path: Path) -> None:
    model, hardware = network(3), apply_torch_hardware({})
    torch.save(model.state_dict(), tmp_path / "model.pt")
    for frozen in (True, False):
        load_weights(model, str(tmp_path / "model.pt"), frozen=frozen)
        optimizer = make_optimizer("sgd", model, 0.1, momentum=0.0, weight_decay=0.0)
        learner = Learner(model, optimizer, hardware.scaler("cpu"), hardware, "cpu")
        before = {name: value.clone() for name, value in model.state_dict().items()}
        learner.start_epoch(0.1)
        learner.step(torch.rand(8, 2), torch.zeros(8, dtype=torch.int64))
        after = model.state_dict()
        changed = [name for name in before if not torch.equal(before[name], after[name])]
        assert changed == (["2.weight", "2.bias"] if frozen else list(before))


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    with pytest.raises(DataError, match=r"model\.pt do not exist; nothing is downloaded"):
        load_weights(network(3), str(file))
    with pytest.raises(ConfigError, match="frozen needs the weights"):
        load_weights(network(3), "", frozen=True)
    torch.save(network(3, width=5).state_dict(), file)
    with pytest.raises(DataError, match=r"another network or width: .* first 0\.weight"):
        load_weights(network(3), str(file))
    torch.save({"epoch": 3}, file)
    with pytest.raises(DataError, match="are not the state_dict"):
        load_weights(network(3), str(file))
    file.write_bytes(b"no weights")
    with pytest.raises(DataError, match="cannot be read"):
        load_weights(network(3), str(file))


def test_a_safetensors_file_is_read_as_others_are(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is missing")
    file, before, after = tmp_path / "model.safetensors", network(10), network(3)
    safetensors.save_file(before.state_dict(), file)
    load_weights(after, str(file), frozen=True)
    assert (after[0].weight == before[0].weight).all()
    assert not after[0].weight.requires_grad
    with pytest.raises(DataError, match=r"another network or width: .* first 0\.weight"):
        load_weights(network(3, width=5), str(file))
    file.write_bytes(b"no weights")
    with pytest.raises(DataError, match=r"model\.safetensors cannot be read"):
        load_weights(network(3), str(file))


def test_safetensors_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    (file := tmp_path / "model.safetensors").touch()
    with pytest.raises(MissingDependencyError, match="pip install safetensors"):
        load_weights(network(3), str(file))


@pytest.mark.parametrize(
    "place",
    [
        "torch/hub/checkpoints/tiny-0123abcd.pth",
        "huggingface/hub/models--timm--tiny.a1_in1k/snapshots/5f/model.safetensors",
    ],
)
def test_weights_are_found_in_the_cache_of_their_library(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with pytest.raises(DataError, match=r"no weights of tiny are in .*; nothing is downloaded"):
        load_weights(network(3), "imagenet", name="tiny")
    file, before, after = tmp_path / place, network(10), network(3)
    file.parent.mkdir(parents=True)
    if file.suffix == ".pth":
        torch.save(before.state_dict(), file)
    else:
        safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is missing")
        safetensors.save_file(before.state_dict(), file)
    load_weights(after, "imagenet", name="tiny")
    assert (after[0].weight == before[0].weight).all()


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import a file of the example as a script in its directory does."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.delitem(sys.modules, "model", raising=False)
    spec = importlib.util.spec_from_file_location(f"pytorch_{name}", EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delitem(sys.modules, "model", raising=False)
    return module


# Weights of the published network; where the stem or the last layers differ, of this variant.
WEIGHTS = {
    "resnet18": 11_173_962,
    "resnet50": 23_520_842,
    "densenet121": 6_956_298,
    "shufflenet_v2_x1_0": 1_263_854,
}


def test_all_models_learn_from_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load("model", monkeypatch)
    assert len(model.MODELS) == 11  # the study's ten, and AlexNet
    images = torch.randn(2, 3, 32, 32)
    for name in model.MODELS:
        network, source = model.build_model(name, 10, width=0.125, source="own")
        outputs = network(images)
        assert (source, outputs.shape) == ("own", (2, 10))
        outputs.sum().backward()
        assert all(weights.grad is not None for weights in network.parameters()), name


@pytest.mark.parametrize(("name", "count"), WEIGHTS.items())
def test_a_model_has_the_published_number_of_weights(
    name: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load("model", monkeypatch)
    with torch.device("meta"):
        network, _ = model.build_model(name, 10, width=1.0, source="own")
    assert sum(weights.numel() for weights in network.parameters()) == count


@pytest.mark.parametrize(
    ("name", "width", "source"),
    [
        ("lenet", 1.0, "own"),
        ("resnet18", 0.0, "own"),
        ("resnet18", 0.5, "torchvision"),
        ("resnet18", 1.0, "keras"),
    ],
)
def test_an_unknown_model_is_refused(
    name: str, width: float, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load("model", monkeypatch)
    with pytest.raises(ConfigError):
        model.build_model(name, 10, width=width, source=source)


def test_a_model_of_timm_is_made_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load("model", monkeypatch)
    if find_spec("timm") is None:
        with pytest.raises(MissingDependencyError, match="pip install timm, or use source own"):
            model.build_model("resnet10t", 10, width=1.0, source="timm")
    fake = ModuleType("timm")
    fake.is_model = lambda name: name == "resnet10t"  # type: ignore[attr-defined]
    fake.list_models = lambda: ["resnet10t"]  # type: ignore[attr-defined]
    fake.create_model = (  # type: ignore[attr-defined]
        lambda name, pretrained, num_classes: torch.nn.Linear(2, num_classes)
    )
    monkeypatch.setitem(sys.modules, "timm", fake)
    network, source = model.build_model("resnet10t", 7, width=1.0, source="timm")
    assert (network.out_features, source) == (7, "timm")
    with pytest.raises(ConfigError, match="no model 'resnet11t'; see resnet10t"):
        model.build_model("resnet11t", 7, width=1.0, source="timm")


def test_a_build_of_torchvision_for_another_pytorch_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "torchvision").mkdir()
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "torchvision" / "__init__.py").write_text(broken)
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingDependencyError, match="nms does not exist; install the build"):
        published_network("resnet18", 3, "torchvision")


@pytest.fixture
def finals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "report_intermediate_result", lambda value: None)
    monkeypatch.setattr(nni, "report_final_result", sent.append)
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    return sent


TINY = (
    "trial.py --dataset digits --width 0.125 --source own --num-workers 0 --epochs 2 "
    "--batch-size 32 --max-train 96 --max-val 64 --cutout 4 --model squeezenet1_1 "
)


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd --grad-clip 1 --num-workers 2",
        "adam --metric kappa --class-weights balanced --rand-augment 1 --mixup 0.2",
        "rmsprop --initial-lr 0.001",
    ],
)
def test_a_trial_trains_reports_and_keeps_its_best_weights(
    optimizer: str,
    finals: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    trial = load("trial", monkeypatch)
    monkeypatch.setattr(sys, "argv", [*TINY.split(), "--optimizer", *optimizer.split()])
    trial.main()
    (final,) = finals
    assert (final["epochs"], final["dataset"], final["model_source"]) == (2, "digits", "own")
    assert 0 < final["step_seconds"] < final["runtime"]
    assert json.loads(json.dumps(final)) == final
    model, _ = trial.build_model("squeezenet1_1", 10, width=0.125, source="own")
    weights = torch.load(tmp_path / "model.pt")
    model.load_state_dict(weights)
    assert final["parameters"] == sum(w.numel() for w in model.parameters())


def test_a_loss_that_is_not_a_number_ends_the_training(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = load("trial", monkeypatch)
    losses = iter([0.5, float("nan")])
    monkeypatch.setattr(
        "torch.nn.functional.cross_entropy",
        lambda outputs, _, weight: outputs.sum() * 0 + next(losses),
    )
    options = [*TINY.split(), "--epochs", "5", "--max-train", "32"]
    monkeypatch.setattr(sys, "argv", options)
    trial.main()
    (final,) = finals
    assert (final["epochs"], final["diverged"]) == (1, "the loss is nan in epoch 2")
    losses = iter([float("nan")])
    with pytest.raises(HpoExtError, match="the loss is nan in epoch 1, before any result"):
        trial.main()
    assert len(finals) == 1


@pytest.mark.parametrize("options", ["--batch-size 0", "--width 0", "--max-classes 1"])
def test_an_unusable_option_is_refused_in_one_line(options: str) -> None:
    done = subprocess.run(
        [sys.executable, "trial.py", "--dataset", "digits", *options.split()],
        cwd=EXAMPLE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ConfigError: ")
    assert len(done.stderr.splitlines()) == 1


def test_kept_weights_are_scored_on_the_test_part(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trial = load("trial", monkeypatch)
    monkeypatch.setattr(sys, "argv", TINY.split())
    trial.main()
    answer, file = tmp_path / "answer.json", tmp_path / "request.json"
    request = {"parameters": {}, "directory": str(tmp_path), "result": str(answer)}
    file.write_text(json.dumps(request))
    monkeypatch.setenv("NNI_HPO_SCORE", str(file))
    trial.main()
    assert len(finals) == 1  # nothing is trained
    score = json.loads(answer.read_text())
    assert (score["metric"], score["examples"], score["dataset"]) == ("accuracy", 269, "digits")
    assert 0 <= score["value"] <= 1
    (tmp_path / "model.pt").write_bytes(b"no weights")
    with pytest.raises(DataError, match=r"model\.pt is not a model of this trial"):
        trial.main()


class Killed(Exception):
    """A worker is killed."""


def test_a_resumed_trial_gives_the_same_curve(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trial = load("trial", monkeypatch)
    accuracies: list[float] = []
    left = [99]

    def report(value: dict[str, float]) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed
        accuracies.append(value["default"])

    monkeypatch.setattr(nni, "report_intermediate_result", report)
    learning = "--model vgg16_bn --initial-lr 0.02 --max-train 192 --epochs 4 --resume-seconds 0"
    for folder, reports in (("whole", [99]), ("killed", [3, 99])):
        monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / folder))
        for left[0] in reports:
            accuracies.clear()
            monkeypatch.setattr(sys, "argv", [*TINY.split(), *learning.split()])
            with contextlib.suppress(Killed):
                trial.main()
            assert (tmp_path / folder / "resume.pt").is_file() == (left[0] == 0)
        finals.append({"curve": list(accuracies)})
    whole, resumed = (final["curve"] for final in finals if "curve" in final)
    assert len(whole) == 4
    assert resumed == whole


def test_one_seed_gives_one_curve_and_another_seed_another(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = load("trial", monkeypatch)
    curves = []
    for seed in ("1", "1", "2"):
        accuracies: list[float] = []
        monkeypatch.setattr(
            nni, "report_intermediate_result", lambda e, a=accuracies: a.append(e["default"])
        )
        learning = f"--model vgg16_bn --initial-lr 0.02 --max-train 320 --seed {seed}"
        monkeypatch.setattr(sys, "argv", [*TINY.split(), *learning.split()])
        trial.main()
        curves.append(accuracies)
    assert curves[0] == curves[1] != curves[2]


def test_the_rate_follows_a_cosine_once_an_epoch_and_the_budget(
    finals: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = load("trial", monkeypatch)
    rates: list[float] = []
    step = torch.optim.SGD.step

    def noting(self: Any, closure: Any = None) -> Any:
        rates.append(self.param_groups[0]["lr"])
        return step(self, closure)

    monkeypatch.setattr(torch.optim.SGD, "step", noting)
    monkeypatch.setattr(sys, "argv", [*TINY.split(), "--trial-budget", "4", "--initial-lr", "0.2"])
    trial.main()
    expected = [0.1 * (1 + np.cos(np.pi * epoch / 4)) for epoch in range(4) for _ in range(3)]
    assert rates == pytest.approx(expected)
