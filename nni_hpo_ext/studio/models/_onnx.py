"""Write a kept model in the ONNX format, checked against the model itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.studio.models._card import write_card
from nni_hpo_ext.studio.models._onnx_graph import keras_graph, sklearn_graph
from nni_hpo_ext.studio.predict import MODEL_FILES, PATCH_FILE, Classifier
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["ONNX_FOLDER", "write_onnx"]

_logger = logging.getLogger(__name__)

ONNX_FOLDER = "onnx"
"""Folder with the ONNX model, inside that of the model."""

# The largest difference of a probability: both compute with 32 bits, in another order.
_TOLERANCE = 1e-3


class _DifferenceError(Exception):
    """The converted model answers differently."""


def write_onnx(
    folder: Path,
    card: Mapping[str, Any],
    images: NDArray[np.uint8],
    probabilities: NDArray[np.float64],
) -> dict[str, Any]:
    """Write a kept model as ONNX, if that gives the same probabilities.

    Parameters
    ----------
    folder
        Where the model is kept.
    card
        Its card.
    images
        Images to compare the two on, ``(n, size, size, channels)``.
    probabilities
        The model's probabilities for them, ``(n, classes)``.

    Returns
    -------
    dict
        The largest ``difference`` of a probability; or the ``reason`` why there is no ONNX model.
    """
    target = folder / ONNX_FOLDER
    if "network" in card or card["kind"] == "torch":
        return {"reason": "it uses a pretrained network, which is not converted"}
    try:
        _write(target, folder, card)
        difference = float(abs(Classifier(target).probabilities(images) - probabilities).max())
        if not difference <= _TOLERANCE:
            raise _DifferenceError(
                f"its probabilities differ from the original's by {difference:.2g}"
            )
    except _DifferenceError as error:
        problem = str(error)
    except ImportError as error:
        problem = f"{error.name} is not installed; pip install 'nni-hpo-ext[onnx]'"
    except Exception as error:  # converters raise whatever a layer or a library's version causes
        _logger.warning("the model cannot be converted to ONNX", exc_info=True)
        problem = f"it cannot be converted ({_cause(error)})"
    else:
        return {"difference": difference}
    (target / MODEL_FILES["onnx"]).unlink(missing_ok=True)
    return {"reason": problem}


def _write(target: Path, folder: Path, card: Mapping[str, Any]) -> None:
    target.mkdir(exist_ok=True)
    file = folder / MODEL_FILES[card["kind"]]
    if card["kind"] == "keras":
        import keras

        model = keras_graph(keras.models.load_model(file, compile=False), card["temperature"])
    else:
        import joblib

        kept = joblib.load(file)
        model = sklearn_graph(kept["estimator"], card["temperature"])
        if kept["dictionary"] is not None:
            patches = kept["dictionary"]
            write_whole(target / PATCH_FILE, lambda path: np.savez(path, **patches))
    content = model.SerializeToString()
    write_whole(target / MODEL_FILES["onnx"], lambda path: path.write_bytes(content))
    library = f"onnxruntime=={version('onnxruntime')}"
    write_card(target, {**card, "kind": "onnx", "library": library, "temperature": 1.0})


def _cause(error: BaseException) -> str:
    """Return the first cause of an error in one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
