"""Train a PyTorch model on images: one of the study's ten, AlexNet, or one of a library's."""

from __future__ import annotations

# Before PyTorch is loaded: it sets how PyTorch's threads wait.
from nni_hpo_ext.trial.torch import load_weights, loaders, make_optimizer, start_trial, train

# isort: split
from model import build_model

from nni_hpo_ext.trial import image_dataset

DEFAULTS: dict[str, bool | int | float | str] = {
    "initial_lr": 0.1,
    "ending_lr": 0.0,
    "weight_decay": 5e-4,
    "momentum": 0.9,
    "cutout": 0,
    "batch_size": 128,
    "epochs": 300,
    "optimizer": "sgd",
    "grad_clip": 0.0,
    "model": "resnet18",
    "seed": 42,
    # Not searched: what to train on, and how large.
    "LR_POLICY": "cosine",
    "width": 1.0,
    "source": "auto",
    "weights": "",
    "frozen": False,
    "augment": True,
    "rand_augment": 0,
    "magnitude": 0.3,
    "mixup": 0.0,
    "metric": "accuracy",
    "class_weights": "none",
    "num_workers": 2,
    "log_frequency": 20,
    "checkpoint": True,
    "resume_seconds": 60.0,
    "dataset": "cifar10",
    "data_dir": "",
    "size": 32,
    "fit": "stretch",
    "max_train": 0,
    "max_val": 0,
    "max_classes": 0,
    "split_seed": 0,
}


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    params, hardware = start_trial(DEFAULTS)
    data = image_dataset(
        params["dataset"],
        params["data_dir"],
        size=params["size"],
        fit=params["fit"],
        max_train=params["max_train"],
        max_val=params["max_val"],
        max_classes=params["max_classes"],
        split_seed=params["split_seed"],
    )
    model, source = build_model(
        params["model"], data.num_classes, width=params["width"], source=params["source"]
    )
    load_weights(model, params["weights"], frozen=params["frozen"], name=params["model"])
    batches = loaders(
        data,
        params["batch_size"],
        augment=params["augment"],
        cutout=params["cutout"],
        rand_augment=params["rand_augment"],
        magnitude=params["magnitude"],
        num_workers=params["num_workers"],
        seed=params["seed"],
    )
    optimizer = make_optimizer(
        params["optimizer"],
        model,
        params["initial_lr"],
        momentum=params["momentum"],
        weight_decay=params["weight_decay"],
    )
    train(
        model,
        batches,
        {"FINAL_LR": params["ending_lr"], **params},
        hardware,
        dataset=data.name,
        optimizer=optimizer,
        epochs=params["epochs"],
        grad_clip=params["grad_clip"],
        log_frequency=params["log_frequency"],
        extra={"model_source": source},
    )


if __name__ == "__main__":
    main()
