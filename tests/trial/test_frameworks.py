"""Callbacks of other frameworks report every epoch, the best value, and keep the best model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import framework_fits
import nni
import numpy as np
import pytest
from framework_fits import FILES, ROUNDS
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial.callback import ReportingCallback
from nni_hpo_ext.trial.sklearn import report_folds

SKIP_REASON = "{0} is not installed: pip install {0}"
# Interrupts itself in the second epoch, as an early stop would.
STOPPED = """
import os, signal, nni, framework_fits
calls = []
def report(value):
    calls.append(value)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGINT)
nni.report_intermediate_result = report
nni.report_final_result = lambda value: print("final", value["partial"], value["epochs"])
framework_fits.ROUNDS = 10**6
framework_fits.{name}()
"""


class Sent:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.epochs: list[Any] = []
        self.finals: list[dict[str, Any]] = []
        monkeypatch.setattr(nni, "report_intermediate_result", self.epochs.append)
        monkeypatch.setattr(nni, "report_final_result", self.finals.append)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sent:
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / "out"))
    return Sent(monkeypatch)


def require(library: str) -> None:
    pytest.importorskip(library, reason=SKIP_REASON.format(library))


@pytest.mark.parametrize("name", FILES)
def test_every_epoch_is_reported_and_the_smallest_loss_is_the_result(
    name: str, sent: Sent, tmp_path: Path
) -> None:
    require(name)
    losses = getattr(framework_fits, name)()
    assert len(losses) == ROUNDS
    assert [epoch["default"] for epoch in sent.epochs] == pytest.approx(losses)
    (final,) = sent.finals
    assert final["default"] == pytest.approx(min(losses))
    assert (final["epochs"], "partial" in final) == (ROUNDS, False)
    kept = [path.name for path in (tmp_path / "out").glob("*")]
    assert kept == [FILES[name]]


def test_the_kept_model_is_that_of_the_best_round(sent: Sent, tmp_path: Path) -> None:
    require("xgboost")
    losses = framework_fits.xgboost()
    assert min(losses) < losses[-1]  # or the best model would be the last one
    from xgboost import XGBClassifier

    model = XGBClassifier()
    model.load_model(tmp_path / "out" / FILES["xgboost"])
    _, x_valid, _, y_valid = framework_fits.data()
    # Not scikit-learn's log_loss, which normalises the probabilities once more.
    loss = -np.log(model.predict_proba(x_valid)[np.arange(len(y_valid)), y_valid]).mean()
    assert loss == pytest.approx(min(losses), rel=1e-3)


@pytest.mark.parametrize("name", FILES)
def test_an_early_stop_reports_the_value_so_far_and_keeps_the_model(
    name: str, tmp_path: Path
) -> None:
    require(name)
    done = subprocess.run(
        [sys.executable, "-c", STOPPED.format(name=name)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NNI_OUTPUT_DIR": str(tmp_path)},
    )
    assert done.returncode == 130, done.stderr[-2000:]
    assert "final ['default', 'last'" in done.stdout
    assert (tmp_path / FILES[name]).is_file()


def test_only_every_so_many_rounds_are_reported(sent: Sent) -> None:
    with ReportingCallback("digits", "loss", every=2) as report:
        for loss in (4.0, 3.0, 2.0, 1.0):
            report.offer({"loss": loss})
    assert [epoch["default"] for epoch in sent.epochs] == [3.0, 1.0]


def test_a_metric_that_the_framework_lacks_is_named_with_those_it_has() -> None:
    with (
        pytest.raises(HpoExtError, match=r"no 'val_loss', only \['val_acc'\]"),
        ReportingCallback("digits", "val_loss") as report,
    ):
        report.offer({"val_acc": 1.0})


def test_zero_rounds_between_reports_are_refused() -> None:
    with pytest.raises(ConfigError, match="every must be at least 1"):
        ReportingCallback("digits", "loss", every=0)


def test_folds_are_reported_as_the_mean_so_far(sent: Sent, tmp_path: Path) -> None:
    import joblib

    x, y = load_iris(return_X_y=True)
    model, folds = LogisticRegression(max_iter=500), KFold(4, shuffle=True, random_state=1)
    final = report_folds(model, x, y, "iris", cv=folds)
    scores = cross_val_score(model, x, y, cv=folds)
    means = [float(np.mean(scores[: i + 1])) for i in range(4)]
    assert [epoch["default"] for epoch in sent.epochs] == pytest.approx(means)
    assert final["default"] == sent.finals[0]["default"] == pytest.approx(means[-1])
    kept = joblib.load(tmp_path / "out" / "model.joblib")
    assert kept.score(x, y) == model.fit(x, y).score(x, y)


def test_folds_of_an_error_are_maximised_as_its_negative(sent: Sent) -> None:
    x, y = load_iris(return_X_y=True)
    final = report_folds(LogisticRegression(max_iter=500), x, y, "iris", scoring="neg_log_loss")
    assert final["default"] < 0
