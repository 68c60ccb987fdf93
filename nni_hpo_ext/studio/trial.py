"""Train one model on an image set: the trial program of the studio.

``python -m nni_hpo_ext.studio.trial --data-dir FOLDER --model svm`` trains once without NNI.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.studio.data import ImageSet, read_set
from nni_hpo_ext.studio.models import (
    AUGMENTATIONS,
    CHANNELS,
    FEATURES,
    HARDWARE_OPTIONS,
    SIDE,
    FeatureTable,
    ModelEntry,
    PretrainedNetwork,
    build_estimator,
    build_network,
    default_options,
    model_named,
    score_kept,
    train_torch,
    training_data,
    uses_network,
)
from nni_hpo_ext.studio.predict import MODEL_FILES, estimator_scores
from nni_hpo_ext.trial import (
    BestCheckpoint,
    TrialReport,
    log_to_stdout,
    score_request,
    trial_parameters,
)

__all__ = ["main"]

DEFAULTS: dict[str, bool | int | float | str] = {
    "model": "svm",
    "options": "{}",
    "data_dir": "",
    "size": 0,
    "weights": "",
    "network_size": SIDE,
    "epochs": 15,
    "threads": 1,
    "seed": 42,
}


def main() -> None:
    """Train once, with the model from NNI or the command line, and report."""
    log_to_stdout()
    params = trial_parameters(DEFAULTS)
    images = read_set(Path(params["data_dir"]))
    size = params["size"] or images.size
    network = PretrainedNetwork.named(params["weights"], params["network_size"])
    entry, options = _chosen(params, size, network)
    if request := score_request():
        if network is not None:
            network.cap_threads(params["threads"])
        scored = score_kept(request.directory, images, entry, options, size, network)
        request.answer(
            scored.accuracy, metric="accuracy", examples=len(scored.rows), dataset=images.name
        )
    elif entry.kind == "shallow":
        with threadpool_limits(params["threads"]):
            table = FeatureTable(images, size, network, params["threads"])
            _train_shallow(table, entry, options, params["seed"])
    elif network is not None and entry.is_pretrained and network.weights.library == "torch":
        train_torch(images, network, options, params)
    else:
        _train_deep(images, entry, options, size, params, network)


def _chosen(
    params: Mapping[str, Any], size: int, network: PretrainedNetwork | None
) -> tuple[ModelEntry, dict[str, Any]]:
    """Return the model and its options: the tuner's, or those of the command line."""
    given = params["model"]
    if isinstance(given, Mapping):
        options = {name: value for name, value in given.items() if name != "_name"}
        entry = model_named(given["_name"])
    else:
        entry = model_named(given)
        try:
            options = json.loads(params["options"])
        except ValueError as error:
            raise ConfigError(f"--options must be JSON such as '{{\"C\": 3}}': {error}") from None
    known = default_options(entry, size, pretrained=network is not None)
    allowed = {*known, "features", *(HARDWARE_OPTIONS if entry.kind == "deep" else ())}
    if unknown := sorted(set(options) - allowed):
        raise ConfigError(f"{entry.name} has no option {unknown[0]!r}; it has {', '.join(known)}")
    options = {**known, **options}
    if network is None and uses_network(entry, options):
        raise ConfigError(
            "the model pretrained and the features embedding need a pretrained network; give "
            "--weights"
        )
    return entry, options


def _train_shallow(
    table: FeatureTable, entry: ModelEntry, options: Mapping[str, Any], seed: int
) -> None:
    import joblib

    images = table.images
    with TrialReport(images.name) as report:
        report.start()
        names = FEATURES[options["features"]]
        x = table.of("train", names)
        y = images.targets(images.rows("train"))
        if options.get("mirror"):
            x = np.concatenate([x, table.of("train", names, mirror=True)])
            y = np.tile(y, 2)
        estimator = build_estimator(entry.name, options, x.shape, seed).fit(x, y)
        scores = estimator_scores(estimator, table.of("validation", names))
        found = scores.argmax(axis=1) == images.targets(images.rows("validation"))
        report.result(float(found.mean()))
        kept = {
            "estimator": estimator,
            "dictionary": table.dictionary(names),
        }
        BestCheckpoint(MODEL_FILES["sklearn"]).offer(
            float(found.mean()), lambda path: joblib.dump(kept, path, compress=3)
        )
        report.finish()


def _train_deep(
    images: ImageSet,
    entry: ModelEntry,
    options: Mapping[str, Any],
    size: int,
    params: Any,
    network: PretrainedNetwork | None,
) -> None:
    from nni_hpo_ext.trial import apply_hardware

    threads = params["threads"]
    given = {"intra_op_parallelism_threads": threads, "inter_op_parallelism_threads": threads}
    apply_hardware({**given, **options})
    import keras

    from nni_hpo_ext.trial.data import array_streams, augmentation
    from nni_hpo_ext.trial.keras import make_optimizer, train

    keras.utils.set_random_seed(params["seed"])
    channels = images.channels
    if entry.is_pretrained and network is not None:
        size, channels = network.side, CHANNELS
    data = training_data(images, size, lambda rows: _scaled(images, rows, size, channels))
    streams = array_streams(data, params["seed"])
    streams = replace(streams, augment=augmentation(AUGMENTATIONS[options["augment"]]))
    if entry.is_pretrained and network is not None:
        model = network.keras_model(data.num_classes, options)
    else:
        model = build_network(entry.name, options, data.image_shape, data.num_classes)
    train(
        model,
        streams,
        {"seed": params["seed"], "checkpoint": True, "LR_POLICY": options["policy"]},
        optimizer=make_optimizer("adam", options["learning_rate"]),
        batch_size=int(options["batch_size"]),
        epochs=int(options.get("epochs", params["epochs"])),
    )


def _scaled(images: ImageSet, rows: list[int], side: int, channels: int) -> NDArray[np.float32]:
    """Return pictures of shape ``(n, side, side, channels)``, from -1 to 1."""
    shape = (0, side, side, channels)
    pixels = images.images(rows, side, channels) if rows else np.zeros(shape)
    return pixels.astype(np.float32) / 127.5 - 1


if __name__ == "__main__":
    main()
