"""The example trials, trained for a few steps in this process: TensorFlow is imported once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import nni
import pytest

pytest.importorskip("tensorflow")

EXAMPLES = Path(__file__).parents[2] / "examples"


def load_trial(folder: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import an example's trial.py as its own directory's script sees it."""
    monkeypatch.syspath_prepend(str(EXAMPLES / folder))
    monkeypatch.delitem(sys.modules, "model", raising=False)
    spec = importlib.util.spec_from_file_location(f"{folder}_trial", EXAMPLES / folder / "trial.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delitem(sys.modules, "model", raising=False)
    return module


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[dict[str, Any]]]:
    epochs: list[float] = []
    finals: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "report_intermediate_result", epochs.append)
    monkeypatch.setattr(nni, "report_final_result", finals.append)
    monkeypatch.delenv("NNI_HPO_DATA", raising=False)
    return epochs, finals


RUNS = [
    ("lenet5_cifar10", "--dataset digits --epochs 2 --batch-size 32 --nkern1 5", 2, "digits"),
    (
        "vgg16_cifar10",
        "--width 1 --train-steps 4 --steps-per-epoch 2 --batch-size 500 --dense-unit 4 "
        "--optimizer rmsp --kernel-size 2 --trial-budget 3",
        3,
        "digits (stand-in for cifar10)",
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
    trial = load_trial(folder, monkeypatch)
    argv = ["trial.py", *options.split(), "--max-train", "320", "--max-val", "64"]
    monkeypatch.setattr(sys, "argv", argv)
    trial.main()
    values, (final,) = sent
    assert len(values) == epochs
    assert final["default"] == max(values)
    assert final["dataset"] == dataset
    assert final["parameters"] > 0
    assert 0 < final["step_seconds"] < final["runtime"]


def test_a_schedule_comes_to_the_steps_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = load_trial("vgg16_cifar10", monkeypatch)
    for total in range(1, 401):
        epochs, steps = trial.schedule({"TRAIN_STEPS": total, "steps_per_epoch": 50})
        assert abs(epochs * steps - total) <= epochs / 2
    with pytest.raises(ValueError, match="TRAIN_STEPS=0"):
        trial.schedule({"TRAIN_STEPS": 0, "steps_per_epoch": 50})


def test_an_epoch_without_validation_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
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
