"""Read pretrained weights from an unpacked BERT release of Google."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf
from model import Size

from nni_hpo_ext.errors import DataError

_NORM = ("gamma", "beta")
_DENSE = ("kernel", "bias")


def published_size(folder: Path) -> Size:
    """Read the size of the network from ``bert_config.json``.

    Raises
    ------
    DataError
        If the file is missing or malformed.
    """
    file = folder / "bert_config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        return Size(
            vocabulary=config["vocab_size"],
            positions=config["max_position_embeddings"],
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            intermediate=config["intermediate_size"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"cannot read {file} ({error!r}); give an unpacked BERT release") from None


def load_weights(model: Any, folder: Path) -> None:
    """Load the weights of ``bert_model.ckpt`` into a model, except its last layer.

    Raises
    ------
    DataError
        If the file is missing, damaged, or of another size.
    """
    checkpoint = folder / "bert_model.ckpt"
    try:
        reader = tf.train.load_checkpoint(str(checkpoint))
        embeddings = model.get_layer("embeddings")
        for part, name in (("word", "word"), ("position", "position"), ("segment", "token_type")):
            stored = reader.get_tensor(f"bert/embeddings/{name}_embeddings")
            getattr(embeddings, part).set_weights([stored])
        _fill(model, reader, "embeddings_norm", "embeddings/LayerNorm", _NORM)
        _fill(model, reader, "pooler", "pooler/dense", _DENSE)
        number = 0
        while any(layer.name == f"layer_{number}_output" for layer in model.layers):
            _fill_encoder(model, reader, number)
            number += 1
    except (tf.errors.OpError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"weights {checkpoint} do not fit ({reason})") from None


def _fill_encoder(model: Any, reader: Any, number: int) -> None:
    ours, theirs = f"layer_{number}_", f"encoder/layer_{number}/"
    attention = model.get_layer(f"{ours}attention")
    sources = [f"attention/self/{part}" for part in ("query", "key", "value")]
    stored = [
        reader.get_tensor(f"bert/{theirs}{source}/{weight}")
        for source in (*sources, "attention/output/dense")
        for weight in _DENSE
    ]
    # Keras keeps the heads on a separate axis, in the same order.
    shapes = [weight.shape for weight in attention.get_weights()]
    attention.set_weights([w.reshape(shape) for w, shape in zip(stored, shapes, strict=True)])
    _fill(model, reader, f"{ours}attention_norm", f"{theirs}attention/output/LayerNorm", _NORM)
    _fill(model, reader, f"{ours}intermediate", f"{theirs}intermediate/dense", _DENSE)
    _fill(model, reader, f"{ours}output", f"{theirs}output/dense", _DENSE)
    _fill(model, reader, f"{ours}output_norm", f"{theirs}output/LayerNorm", _NORM)


def _fill(model: Any, reader: Any, layer: str, source: str, weights: tuple[str, ...]) -> None:
    stored = [reader.get_tensor(f"bert/{source}/{weight}") for weight in weights]
    model.get_layer(layer).set_weights(stored)
