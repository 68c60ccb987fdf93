"""Blend training images and their labels in pairs (mixup; Zhang et al., 2018)."""

from __future__ import annotations

from typing import Any

__all__ = ["mixed"]

_SALT = 2**16


def mixed(images: Any, labels: Any, alpha: float, seed: Any) -> tuple[Any, Any]:
    """Blend each example of a batch with another one of it.

    Parameters
    ----------
    images
        Images of shape ``(n, height, width, channels)``.
    labels
        Probabilities of the classes, or labels of 0 and 1, of shape ``(n, classes)``.
    alpha
        Parameter of the Beta distribution that the share of the other example comes from, above 0.
    seed
        Two integers. The same seed gives the same pairs and share.

    Examples
    --------
    >>> import tensorflow as tf
    >>> images, labels = mixed(tf.zeros((4, 8, 8, 3)), tf.eye(4), 0.2, tf.constant([0, 1]))
    >>> tf.reduce_sum(labels, axis=1).numpy().round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    import tensorflow as tf

    # Not the draws of the augmentation, which has the same seed.
    seed = tf.random.experimental.stateless_fold_in(seed, _SALT)
    order = tf.argsort(tf.random.stateless_uniform((tf.shape(images)[0],), seed))
    draws = tf.random.stateless_gamma((2,), seed, alpha)
    share = tf.reduce_min(draws / tf.maximum(tf.reduce_sum(draws), 1e-12))

    def blended(values: Any) -> Any:
        values = tf.cast(values, tf.float32)
        return values + share * (tf.gather(values, order) - values)

    return blended(images), blended(labels)
