"""The metric of a task, and the weights of classes."""

from __future__ import annotations

from typing import Any

import nni
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data import load_digits
from nni_hpo_ext.trial.scores import METRICS, balanced_weights, score


def outputs(predicted: list[int], classes: int = 6) -> Any:
    return np.eye(classes)[predicted]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_kappa_is_one_minus_the_share_of_the_expected_disagreement(
    pairs: list[tuple[int, int]],
) -> None:
    true, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    observed = np.mean((true - predicted) ** 2)
    expected = np.mean((true[:, None] - predicted[None, :]) ** 2)
    kappa = score("kappa", true, outputs(predicted.tolist(), 5))
    assert kappa == pytest.approx(1 - observed / expected if expected else 0.0, abs=1e-9)


def test_f1_weighs_rare_classes_like_frequent_ones() -> None:
    labels = np.array([0] * 9 + [1])
    assert score("accuracy", labels, outputs([0] * 10)) == 0.9
    assert score("f1", labels, outputs([0] * 10, 2)) == pytest.approx(0.5 * 18 / 19)


def test_top5_needs_the_class_among_five() -> None:
    values = np.tile(np.arange(6.0), (2, 1))
    assert score("top5", np.array([0, 1]), values) == 0.5


def test_several_labels_per_example() -> None:
    labels = np.array([[1, 0, 1], [0, 1, 0]])
    found = np.array([[0.9, 0.1, 0.6], [0.6, 0.4, 0.2]])
    assert score("f1", labels, found) == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert score("accuracy", labels, found) == 0.5
    with pytest.raises(ConfigError, match="metric of several labels must be one of 'f1'"):
        score("kappa", labels, found)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(ConfigError, match="metric must be one of"):
        score("auc", np.array([0]), outputs([0]))


def test_all_classes_weigh_the_same_together() -> None:
    labels = np.array([0] * 6 + [2] * 2)
    weights = balanced_weights(labels, 3)
    assert weights[1] == 0
    assert weights[0] * 6 == weights[2] * 2
    assert weights[labels].mean() == pytest.approx(1)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_keras_trial_reports_and_keeps_the_chosen_metric(
    metric: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    keras = pytest.importorskip("keras")
    from nni_hpo_ext.trial.data import array_streams
    from nni_hpo_ext.trial.keras import make_optimizer, train

    epochs: list[float] = []
    monkeypatch.setattr(nni, "report_intermediate_result", lambda e: epochs.append(e["default"]))
    monkeypatch.setattr(nni, "report_final_result", lambda value: None)
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    data = load_digits(max_train=256, max_val=64)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    params = {"metric": metric, "class_weights": "balanced", "checkpoint": True}
    optimizer = make_optimizer("adam", 0.01, weight_decay=0.01, global_clipnorm=1.0)
    train(model, array_streams(data, 0), params, optimizer=optimizer, batch_size=64, epochs=2)
    kept = keras.models.load_model(tmp_path / "model.keras")
    found = score(metric, data.y_val, kept.predict(data.x_val, verbose=0))
    assert max(epochs) == pytest.approx(found, abs=1e-6)
