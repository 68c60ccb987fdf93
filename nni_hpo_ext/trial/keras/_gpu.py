"""Settings of TensorFlow and Keras for a GPU, which several trials may share."""

from __future__ import annotations

import logging
import os

import keras
import tensorflow as tf

from nni_hpo_ext.arguments import one_of

__all__ = ["grow_memory", "set_precision"]

_logger = logging.getLogger(__name__)
_PRECISIONS = ("float32", "bfloat16", "float16")


def grow_memory() -> None:
    """Let TensorFlow take the memory of a GPU as it needs it, so that trials can share the GPU.

    It takes effect before TensorFlow is used. A value of ``$TF_FORCE_GPU_ALLOW_GROWTH`` that the
    user has set remains.
    """
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def set_precision(precision: str) -> None:
    """Set in which precision the layers compute; weights stay in float32.

    Parameters
    ----------
    precision
        ``"float32"``, ``"bfloat16"``, or ``"float16"``, for which Keras scales the loss. Without a
        GPU, training is in float32, because a processor emulates the others.

    Raises
    ------
    ConfigError
        If the precision is unknown.
    """
    one_of("precision", precision, _PRECISIONS)
    if precision != "float32" and not _has_gpu():
        _logger.warning("precision %s needs a GPU, and there is none: using float32", precision)
        precision = "float32"
    keras.mixed_precision.set_global_policy(
        precision if precision == "float32" else f"mixed_{precision}"
    )


def _has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))
