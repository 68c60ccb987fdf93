"""Compile a model with a loss and a metric of Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

__all__ = ["compile_model"]


def compile_model(
    model: Any,
    optimizer: Any,
    *,
    multi_label: bool,
    label_smoothing: float = 0.0,
    one_hot: bool = False,
    jit_compile: bool | str = "auto",
) -> None:
    """Compile a model for class numbers, or for vectors of labels.

    All losses and metrics are Keras' own: a saved model loads without this package.

    This also creates the variables of the metric and the optimizer. If the first step creates
    them, TensorFlow traces it twice, a quarter of the startup time of a deep network.

    Parameters
    ----------
    model
        Keras model that returns class probabilities.
    optimizer
        Keras optimizer.
    multi_label
        Whether an example may have several labels.
    label_smoothing
        Share of each label that is spread over all classes; above 0, the labels are vectors.
    one_hot
        Whether the labels are vectors, see `Streams.one_hot`.
    jit_compile
        Whether Keras compiles the steps with XLA: ``"auto"`` does so on a GPU only.

    Examples
    --------
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    >>> compile_model(model, keras.optimizers.Adam(1e-3), multi_label=False)
    >>> model.loss
    'sparse_categorical_crossentropy'
    """
    if multi_label:
        metric = keras.metrics.F1Score(average="macro", threshold=0.5, name="f1")
        nothing = np.zeros((1, model.output_shape[-1]), dtype=np.float32)
        metric.update_state(nothing, nothing)  # creates its variables
        metric.reset_state()
        loss = "binary_crossentropy"
    elif label_smoothing or one_hot:
        metric = keras.metrics.CategoricalAccuracy(name="accuracy")
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    else:
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=[metric], jit_compile=jit_compile)
    model.optimizer.build(model.trainable_variables)
