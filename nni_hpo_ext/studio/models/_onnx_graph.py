"""Convert models to ONNX graphs that return calibrated probabilities."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.studio.predict import LEAST_PROBABILITY

__all__ = ["keras_graph", "sklearn_graph"]


def sklearn_graph(estimator: Any, temperature: float) -> Any:
    """Return a pipeline of scikit-learn as an ONNX model.

    Parameters
    ----------
    estimator
        A fitted pipeline that starts with a `StandardScaler`.
    temperature
        By which the scores are divided.

    Returns
    -------
    onnx.ModelProto
        From ``features``, float32 ``(n, d)``, to ``probabilities`` ``(n, classes)``.
    """
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    has_scores = hasattr(estimator, "decision_function")
    options: dict[int, dict[str, Any]] = {
        # Multiplying by the inverse moves features across the thresholds of trees.
        id(estimator[0]): {"div": "div"},
        id(estimator[-1]): {"zipmap": False, **({"raw_scores": True} if has_scores else {})},
    }
    inputs = [("features", FloatTensorType([None, estimator.n_features_in_]))]
    model = to_onnx(estimator, initial_types=inputs, options=options)
    return _calibrated(model, has_scores, temperature)


def keras_graph(network: Any, temperature: float) -> Any:
    """Return a network of Keras as an ONNX model.

    Parameters
    ----------
    network
        It takes pixels on a scale from -1 to 1, and returns probabilities.
    temperature
        By which the scores are divided.

    Returns
    -------
    onnx.ModelProto
        From ``pixels``, float32 ``(n, height, width, channels)`` on a scale from 0 to 255, to
        ``probabilities`` ``(n, classes)``.
    """
    import keras
    import onnx
    import tf2onnx  # noqa: F401  # Keras needs it, and names it later and in more words

    pixels = keras.Input(network.input_shape[1:], name="pixels")
    scaled = keras.layers.Rescaling(1 / 127.5, -1)(pixels)
    whole = keras.Model(pixels, network(scaled))
    whole(np.zeros((1, *network.input_shape[1:]), dtype=np.float32))  # its export needs a call
    with tempfile.TemporaryDirectory(prefix="nni-hpo-onnx-") as scratch:
        file = Path(scratch) / "model.onnx"
        whole.export(str(file), format="onnx", verbose=False)
        model = onnx.load(file)
    return _calibrated(model, False, temperature)


def _calibrated(model: Any, has_scores: bool, temperature: float) -> Any:
    """Replace the last output of a model, as `Classifier` does, and drop all others."""
    from onnx import TensorProto, checker, compose, helper, numpy_helper

    # So that no inner name is also that of the output.
    model = compose.add_prefix(model, "model_", rename_inputs=False)
    graph, name = model.graph, model.graph.output[-1].name

    def constant(key: str, value: float) -> str:
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), key))
        return key

    def then(operation: str, *others: str, **attributes: int) -> None:
        nonlocal name
        before, name = name, f"calibrated_{operation.lower()}"
        graph.node.append(helper.make_node(operation, [before, *others], [name], **attributes))

    if not has_scores:
        then("Max", constant("least_probability", LEAST_PROBABILITY))
        then("Log")
    then("Div", constant("temperature", temperature))
    then("Softmax", axis=1)
    graph.node[-1].output[0] = "probabilities"
    classes = ["n", None]
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, classes))
    graph.input[0].type.tensor_type.shape.dim[0].dim_param = "n"
    checker.check_model(model)
    return model
