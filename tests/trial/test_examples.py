"""The Keras examples, trained for a few steps in this process, which imports TensorFlow once."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nni
import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

EXAMPLES = Path(__file__).parents[2] / "examples"


def load_trial(folder: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import an example's trial.py as its own directory's script sees it."""
    directory = EXAMPLES / folder
    monkeypatch.syspath_prepend(str(directory))
    neighbours = {path.stem for path in directory.glob("*.py")}
    for name in neighbours:
        monkeypatch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.spec_from_file_location(f"{folder}_trial", directory / "trial.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in neighbours:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return module


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[dict[str, Any]]]:
    epochs: list[float] = []
    finals: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "report_intermediate_result", lambda e: epochs.append(e["default"]))
    monkeypatch.setattr(nni, "report_final_result", finals.append)
    for variable in ("NNI_HPO_DATA", "NNI_OUTPUT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    return epochs, finals


@pytest.fixture
def eager() -> Iterator[None]:
    """Run steps without tracing them, which takes a deep network seconds, and a step a second."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def run(trial: ModuleType, options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["trial.py", *options.split()])
    trial.main()


RUNS = [
    (
        "lenet5_cifar10",
        "--dataset digits --epochs 2 --batch-size 32 --nkern1 5 --max-train 320 --max-val 64",
        2,
        "digits",
    ),
    (
        "vgg16_cifar10",
        "--width 1 --train-steps 4 --steps-per-epoch 2 --batch-size 500 --dense-unit 4 "
        "--optimizer rmsp --kernel-size 2 --trial-budget 3 --max-train 320 --max-val 64",
        3,
        "digits (stand-in for cifar10)",
    ),
    (
        "bert_text",
        "--dataset scipy --max-train 64 --max-val 32 --num-epoch 2 --length 16 --hidden 16 "
        "--layers 1 --vocabulary 300",
        2,
        "scipy",
    ),
]


@pytest.mark.parametrize(("folder", "options", "epochs", "dataset"), RUNS)
def test_a_trial_trains_and_reports(
    folder: str,
    options: str,
    epochs: int,
    dataset: str,
    sent: tuple[list[float], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(load_trial(folder, monkeypatch), options, monkeypatch)
    values, (final,) = sent
    assert len(values) == epochs
    assert final["default"] == max(values)
    assert final["dataset"] == dataset
    assert final["parameters"] > 0
    assert 0 < final["step_seconds"] < final["runtime"]
    assert final["startup_seconds"] > 0
    assert json.loads(json.dumps(final)) == final


# Values that make a network small and a training short. 75 pixels are the least for Inception.
SMALL = {
    "size": 75,
    "width": 0.05,
    "bn_momentum": 0.9,
    "BATCH_SIZE": 4,
    "NUM_EPOCH": 1,
    "epochs": 1,
    "TRAIN_STEPS": 2,
    "DENSE_UNIT": 8,
    "length": 16,
    "hidden": 16,
    "layers": 1,
    "vocabulary": 300,
    "max_train": 8,
    "max_val": 4,
}
KERAS = sorted(
    trial.parent.name
    for trial in EXAMPLES.glob("*/trial.py")
    if "nni_hpo_ext.trial.keras" in trial.read_text()
)


def smallest(defaults: dict[str, Any]) -> str:
    """Return the options that make a trial with these parameters as small as possible."""
    whole = {name for name, default in defaults.items() if type(default) is int}
    used = {n: v for n, v in SMALL.items() if n in defaults or n.startswith("max_")}
    return " ".join(f"--{n} {max(1, round(v)) if n in whole else v}" for n, v in used.items())


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("folder", KERAS)
def test_every_keras_example_trains_and_reports(
    folder: str,
    sent: tuple[list[float], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = load_trial(folder, monkeypatch)
    run(trial, smallest(trial.DEFAULTS), monkeypatch)
    values, (final,) = sent
    assert values == [final["default"]]
    assert -1 <= final["default"] <= 1  # kappa may be below 0
    assert final["dataset"].endswith(f"(stand-in for {trial.DEFAULTS['dataset']})")


UNUSABLE = [
    ("lenet5_cifar10", "--batch-size 0", "batch_size"),
    ("lenet5_cifar10", "--nkern1 0", "NKERN1"),
    ("vgg16_cifar10", "--kernel-size 0", "KERNEL_SIZE"),
    ("vgg16_cifar10", "--drop-out 1.5", "DROP_OUT"),
    ("googlenet_imagenet", "--label-smoothing 2", "label_smoothing"),
    ("googlenet_imagenet", "--width 0", "width"),
    ("resnet50_plant_leaves", "--size 0", "size"),
    ("resnet50_plant_leaves", "--bn-momentum 7", "bn_momentum"),
    ("inception_dog_breeds", "--dense-unit -1", "DENSE_UNIT"),
    ("densenet_blindness", "--num-epoch 0", "epochs"),
    ("densenet_blindness", "--max-classes 1", "max_classes"),
    ("bert_text", "--heads 3", "multiple of heads"),
    ("bert_text", "--length 1", "length"),
]


@pytest.mark.parametrize(("folder", "options", "named"), UNUSABLE)
def test_an_option_out_of_range_is_refused(
    folder: str, options: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni_hpo_ext.errors import ConfigError

    monkeypatch.delenv("NNI_HPO_DATA", raising=False)
    trial = load_trial(folder, monkeypatch)
    small = smallest(trial.DEFAULTS).replace("75", "32" if "inception" not in folder else "75")
    with pytest.raises(ConfigError, match=named):
        run(trial, f"{small} {options}", monkeypatch)


def test_errors_of_this_package_are_one_line() -> None:
    program = (
        "from nni_hpo_ext.trial import log_to_stdout, epochs_for\n"
        "log_to_stdout()\n"
        "epochs_for({}, 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "ConfigError: epochs must be an integer of at least 1, got 0\n"


def test_a_loss_that_is_not_a_number_ends_the_training(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    from nni_hpo_ext.errors import HpoExtError
    from nni_hpo_ext.trial.keras import ReportToNni, SaveBest

    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    x, y = np.ones((8, 1)), np.zeros((8, 1))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    def fit(*epochs_until_nan: int) -> list[float]:
        model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
        model.set_weights([np.ones((1, 1)), np.zeros(1)])
        spoil = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: (
                epoch in epochs_until_nan
                and model.set_weights([np.full((1, 1), np.nan), np.zeros(1)])
            )
        )
        with ReportToNni("ones", monitor="val_loss") as report:
            model.fit(
                x, y, validation_data=(x, y), epochs=5, batch_size=4, verbose=0,
                callbacks=[spoil, SaveBest("val_loss"), report],
            )  # fmt: skip
        return sent[0]

    assert fit(2) == [1.0, 1.0]
    (final,) = sent[1]
    assert (final["default"], final["diverged"]) == (1.0, "the loss is nan in epoch 3")
    assert np.isfinite(keras.models.load_model(tmp_path / "model.keras").get_weights()[0]).all()
    with pytest.raises(HpoExtError, match="the loss is nan in epoch 1, before any result"):
        fit(0)


def test_the_saved_googlenet_loads_again(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    trial = load_trial("googlenet_imagenet", monkeypatch)
    tf.config.run_functions_eagerly(True)
    try:
        run(trial, smallest(trial.DEFAULTS).replace("75", "32"), monkeypatch)
    finally:
        tf.config.run_functions_eagerly(False)
    program = (
        "import keras, sys; model = keras.models.load_model(sys.argv[1])\n"
        "print(model.loss.label_smoothing, model.count_params())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model.keras")],
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["0.1", str(sent[1][0]["parameters"])], done.stderr[-1500:]


def test_the_kept_model_is_scored_on_the_test_part(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    from nni_hpo_ext.trial import load_digits

    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    trial = load_trial("lenet5_cifar10", monkeypatch)
    run(trial, "--dataset digits --epochs 3 --max-train 320 --nkern1 7", monkeypatch)
    request = {"parameters": {"NKERN1": 7}, "directory": str(tmp_path)}
    answer = tmp_path / "answer.json"
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**request, "result": str(answer)}))
    monkeypatch.setenv("NNI_HPO_SCORE", str(file))
    sent[0].clear()
    run(trial, "--dataset digits --max-train 320", monkeypatch)
    assert sent[0] == []  # nothing is trained
    data = load_digits(32)
    kept = keras.models.load_model(tmp_path / "model.keras")
    right = kept.predict(load_digits(32, max_train=320).x_test, verbose=0).argmax(axis=1)
    expected = float((right == data.y_test).mean())
    assert json.loads(answer.read_text()) == {
        "value": pytest.approx(expected),
        "metric": "accuracy",
        "examples": len(data.y_test),
        "dataset": "digits",
    }


class Killed(Exception):
    """A worker is killed."""


def test_a_resumed_trial_gives_the_same_curve(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With dropout, augmentation, a moving rate and an optimizer with a memory."""
    import keras

    from nni_hpo_ext.trial.data import image_streams
    from nni_hpo_ext.trial.keras import make_optimizer, train

    params = {"max_train": 160, "rotation": 20.0, "mixup": 0.2, "LR_POLICY": "plateau"}
    params |= {"LR_PATIENCE": 1, "LR_GAMMA": 0.5, "resume_seconds": 0}
    left = [99]

    def report(value: dict[str, float]) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed
        sent[0].append(value["default"])

    def trial() -> None:
        keras.utils.set_random_seed(1)
        data = image_streams("digits", params, size=8, channels=1)
        layers = [keras.layers.Flatten(), keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.5)]
        stack = [keras.Input((8, 8, 1)), *layers, keras.layers.Dense(10, "softmax")]
        optimizer = make_optimizer("adam", 0.02)
        model = keras.Sequential(stack)
        train(
            model,
            data,
            {**params, "checkpoint": True},
            optimizer=optimizer,
            batch_size=32,
            epochs=4,
        )

    monkeypatch.setattr(nni, "report_intermediate_result", report)
    curves = []
    for folder, reports in (("whole", [99]), ("killed", [3, 99])):
        monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / folder))
        for left[0] in reports:
            sent[0].clear()
            with contextlib.suppress(Killed):
                trial()
            assert (tmp_path / folder / "resume.npz").is_file() == (left[0] == 0)
        curves.append(list(sent[0]))
    assert len(set(curves[0])) == len(curves[0]) == 4
    assert curves[0] == curves[1]
    assert sent[1][0]["default"] == sent[1][1]["default"] == max(curves[0])


def test_a_state_of_other_parameters_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from nni_hpo_ext.trial.resume import SavedState

    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    SavedState("state", {"x": 1, "resume_seconds": 0}).write(lambda path, _: path.touch())
    same = SavedState("state", {"x": 1})
    assert same.read(lambda path: ({"x": "1"}, "state")) == "state"
    assert same.read(lambda path: ({"x": "2"}, "state")) is None
    assert "is of other parameters: the trial starts anew" in caplog.text
    assert same.read(lambda path: json.loads(path.read_text())) is None
    assert "cannot be read" in caplog.text


def test_one_seed_gives_one_curve_and_another_seed_another(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = load_trial("lenet5_cifar10", monkeypatch)
    curves = []
    for seed in (1, 1, 2):
        sent[0].clear()
        run(trial, f"--dataset digits --epochs 2 --max-train 640 --seed {seed}", monkeypatch)
        curves.append(list(sent[0]))
    assert curves[0] == curves[1] != curves[2]


def test_a_policy_named_in_the_search_space_is_followed(
    sent: tuple[list[float], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni_hpo_ext.trial.keras import FollowPolicy

    seen: list[float] = []

    def on_train_batch_end(self: Any, batch: int, logs: Any = None) -> None:
        seen.append(float(self.model.optimizer.learning_rate))

    monkeypatch.setattr(FollowPolicy, "on_train_batch_end", on_train_batch_end)
    trial = load_trial("lenet5_cifar10", monkeypatch)
    options = "--dataset digits --max-train 128 --max-val 8 --epochs 2 --batch-size 32"
    run(trial, options + " --lr-policy polynomial --learning-rate 0.008", monkeypatch)
    assert seen == pytest.approx([0.008 * (1 - t / 8) for t in range(8)])


def test_a_schedule_comes_to_the_steps_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = load_trial("vgg16_cifar10", monkeypatch)
    for total in range(1, 401):
        epochs, steps = trial.schedule({"TRAIN_STEPS": total, "steps_per_epoch": 50})
        assert abs(epochs * steps - total) <= epochs / 2
    with pytest.raises(ValueError, match="TRAIN_STEPS=0"):
        trial.schedule({"TRAIN_STEPS": 0, "steps_per_epoch": 50})


def test_an_epoch_without_validation_is_an_error() -> None:
    from nni_hpo_ext.errors import HpoExtError
    from nni_hpo_ext.trial.keras import ReportToNni

    with pytest.raises(HpoExtError, match="val_accuracy"):
        ReportToNni("digits").on_epoch_end(0, {"accuracy": 1.0})


@pytest.mark.parametrize(("name", "rate"), [("sgdm", 0.1), ("adam", 0.0), ("adam", float("nan"))])
def test_an_unusable_optimizer_is_refused(name: str, rate: float) -> None:
    from nni_hpo_ext.errors import ConfigError
    from nni_hpo_ext.trial.keras import make_optimizer

    with pytest.raises(ConfigError):
        make_optimizer(name, rate)


def test_a_backbone_s_width_momentum_and_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni_hpo_ext.errors import ConfigError, DataError
    from nni_hpo_ext.trial.keras import backbone

    published = backbone("MobileNet", (32, 32, 3))
    assert published.count_params() == 3_228_864  # Howard et al., 2017, without its last layer
    narrow = backbone("MobileNet", (32, 32, 3), width=0.25, momentum=0.9)
    assert narrow.output_shape == (None, 256)
    momenta = {layer.momentum for layer in narrow.layers if hasattr(layer, "momentum")}
    assert momenta == {0.9}
    file = str(tmp_path / "notop.weights.h5")
    narrow.save_weights(file)
    again = backbone("MobileNet", (32, 32, 3), width=0.25, momentum=0.9, weights=file)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(again(images), narrow(images), rtol=1e-4, atol=1e-5)
    with pytest.raises(DataError, match="do not fit"):
        backbone("MobileNet", (32, 32, 3), weights=file)
    frozen = backbone("MobileNet", (32, 32, 3), width=0.25, momentum=0.9, weights=file, frozen=True)
    assert frozen.trainable_variables == []
    with pytest.raises(ConfigError, match="frozen needs pretrained weights"):
        backbone("MobileNet", (32, 32, 3), frozen=True)
    with pytest.raises(DataError, match=r"none\.h5 do not exist"):
        backbone("MobileNet", (32, 32, 3), weights=str(tmp_path / "none.h5"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError, match="no weights of MobileNet without its last layer are in"):
        backbone("MobileNet", (32, 32, 3), weights="imagenet")
    (tmp_path / "models").mkdir()
    Path(file).rename(tmp_path / "models" / "mobilenet_1_0_224_tf_no_top.weights.h5")
    backbone("MobileNet", (32, 32, 3), width=0.25, momentum=0.9, weights="imagenet")
    with pytest.raises(ConfigError, match="75"):
        backbone("InceptionV3", (32, 32, 3))
    with pytest.raises(ConfigError, match="AlexNet"):
        backbone("AlexNet", (32, 32, 3))
    with pytest.raises(ConfigError, match="cannot have width"):
        backbone("NASNetMobile", (32, 32, 3), width=0.05)


def test_a_backbone_that_rescales_bytes_sees_bytes() -> None:
    import keras

    from nni_hpo_ext.trial.keras import backbone

    model = backbone("EfficientNetB0", (32, 32, 3), width=0.1)
    inner = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    black = np.full((1, 32, 32, 3), -1, np.float32)
    np.testing.assert_array_equal(model(black), inner(np.zeros_like(black)))


OWN_NETWORKS = {
    "vgg16_cifar10": "--train-steps 2 --steps-per-epoch 2 --width 2",
    "googlenet_imagenet": "--num-epoch 1 --width 0.05 --size 32",
    "lenet5_cifar10": "--epochs 1",
}


@pytest.mark.parametrize("folder", OWN_NETWORKS)
def test_our_networks_start_from_the_weights_of_another_trial(
    folder: str,
    eager: None,
    sent: tuple[list[float], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    import keras

    trial = load_trial(folder, monkeypatch)
    options = f"--dataset digits --batch-size 16 --max-train 32 --max-val 16 {OWN_NETWORKS[folder]}"
    kept = []
    for number, further in enumerate(("", "--max-classes 3 --frozen true --weights")):
        monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / str(number)))
        file = tmp_path / str(number) / "model.keras"
        file.parent.mkdir()
        run(trial, f"{options} {further} {kept[0] if kept else ''}", monkeypatch)
        kept.append(file)
    before, after = (keras.models.load_model(file, compile=False) for file in kept)
    assert after.output_shape == (None, 3)
    pairs = zip(before.get_weights()[:-2], after.get_weights()[:-2], strict=True)
    assert all((one == other).all() for one, other in pairs)


def test_weights_that_do_not_fit_our_networks_are_named(tmp_path: Path) -> None:
    import keras

    from nni_hpo_ext.errors import ConfigError, DataError
    from nni_hpo_ext.trial.keras import load_weights

    def network(classes: int, width: int = 4) -> Any:
        layers = keras.layers
        normalised = [layers.Dense(width), layers.BatchNormalization()]
        return keras.Sequential([keras.Input((2,)), *normalised, layers.Dense(classes)])

    file, stored = tmp_path / "model.keras", network(5)
    with pytest.raises(DataError, match=r"model\.keras do not exist; nothing is downloaded"):
        load_weights(network(3), str(file))
    with pytest.raises(ConfigError, match="frozen needs pretrained weights"):
        load_weights(network(3), "", frozen=True)
    stored.save(file)
    same, tuned = network(5), network(3)
    load_weights(same, str(file))
    assert all(map(np.array_equal, same.get_weights(), stored.get_weights()))
    load_weights(tuned, str(file))
    assert len(tuned.trainable_weights) == 6  # all but the two statistics
    with pytest.raises(DataError, match=r"model\.keras do not fit sequential"):
        load_weights(network(5, width=6), str(file))
    file.write_bytes(b"no weights")
    with pytest.raises(DataError, match=r"model\.keras do not fit"):
        load_weights(network(5), str(file))
    (other := tmp_path / "weights.bin").write_bytes(b"no weights")
    with pytest.raises(DataError, match=r"weights\.bin do not fit"):
        load_weights(network(5), str(other))
