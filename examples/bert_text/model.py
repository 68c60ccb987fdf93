"""BERT as a classifier (Devlin et al., 2019), in any size."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import keras
from keras import layers, ops

from nni_hpo_ext.arguments import fraction, whole_number
from nni_hpo_ext.errors import ConfigError


@dataclass(frozen=True)
class Size:
    """Size of a BERT; the default is the smallest published one.

    Attributes
    ----------
    vocabulary
        Number of tokens.
    positions
        Longest text, in tokens.
    hidden
        Length of the vector of a token, a multiple of `heads`.
    layers, heads
        Number of encoder layers, and of attention heads in each.
    intermediate
        Units inside a layer.
    """

    vocabulary: int
    positions: int
    hidden: int = 128
    layers: int = 2
    heads: int = 2
    intermediate: int = 512

    def __post_init__(self) -> None:
        for field in fields(self):
            whole_number(field.name, getattr(self, field.name), 1)
        if self.hidden % self.heads:
            raise ConfigError(
                f"hidden must be a multiple of heads, got {self.hidden} and {self.heads}"
            )


def build_model(size: Size, length: int, num_classes: int, *, drop_out: float) -> Any:
    """Return a BERT with a new last layer, not compiled.

    Parameters
    ----------
    size
        Size of the network.
    length
        Tokens of a text, at most ``size.positions``; token 0 is padding.
    num_classes
        Number of classes.
    drop_out
        Share dropped after each part of the network.

    Returns
    -------
    keras.Model
        Maps tokens of shape ``(n, length)`` to class probabilities of shape
        ``(n, num_classes)``.
    """
    if length > size.positions:
        raise ConfigError(
            f"length must be at most the {size.positions} positions of the network, got {length}"
        )
    fraction("DROP_OUT", drop_out)
    tokens = keras.Input((length,), dtype="int32")
    seen = ops.expand_dims(ops.not_equal(tokens, 0), 1)
    x = Embeddings(size.vocabulary, size.positions, size.hidden, name="embeddings")(tokens)
    x = _norm("embeddings_norm")(x)
    x = layers.Dropout(drop_out)(x)
    for number in range(size.layers):
        x = _encoder(x, seen, size, drop_out, f"layer_{number}")
    pooled = layers.Dense(size.hidden, "tanh", kernel_initializer=_initializer(), name="pooler")(
        x[:, 0]
    )
    pooled = layers.Dropout(drop_out)(pooled)
    last = layers.Dense(num_classes, "softmax", kernel_initializer=_initializer(), dtype="float32")
    return keras.Model(tokens, last(pooled), name="bert")


@keras.saving.register_keras_serializable(package="bert_text")
class Embeddings(layers.Layer):
    """Sum of the embeddings of the token, its position and the segment (there is one only)."""

    def __init__(self, vocabulary: int, positions: int, hidden: int, **options: Any) -> None:
        super().__init__(**options)
        self._sizes = {"vocabulary": vocabulary, "positions": positions, "hidden": hidden}
        self.word = layers.Embedding(vocabulary, hidden, _initializer(), name="word")
        self.position = layers.Embedding(positions, hidden, _initializer(), name="position")
        self.segment = layers.Embedding(2, hidden, _initializer(), name="segment")

    def build(self, input_shape: Any) -> None:
        for part in (self.word, self.position, self.segment):
            part.build(input_shape)

    def call(self, tokens: Any) -> Any:
        positions = self.position(ops.arange(tokens.shape[1], dtype="int32"))
        return self.word(tokens) + positions + self.segment(ops.zeros((1,), dtype="int32"))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._sizes}


def _encoder(x: Any, seen: Any, size: Size, drop_out: float, name: str) -> Any:
    attention = layers.MultiHeadAttention(
        size.heads,
        size.hidden // size.heads,
        dropout=drop_out,
        kernel_initializer=_initializer(),
        name=f"{name}_attention",
    )(x, x, attention_mask=seen)
    x = _norm(f"{name}_attention_norm")(x + layers.Dropout(drop_out)(attention))
    inner = layers.Dense(
        size.intermediate, "gelu", kernel_initializer=_initializer(), name=f"{name}_intermediate"
    )(x)
    output = layers.Dense(size.hidden, kernel_initializer=_initializer(), name=f"{name}_output")
    return _norm(f"{name}_output_norm")(x + layers.Dropout(drop_out)(output(inner)))


def _norm(name: str) -> Any:
    return layers.LayerNormalization(epsilon=1e-12, name=name)


def _initializer() -> Any:
    return keras.initializers.TruncatedNormal(stddev=0.02)
