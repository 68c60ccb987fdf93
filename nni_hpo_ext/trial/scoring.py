"""Score the kept model of the best trial on the test part, for `nni-hpo test`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import json_text
from nni_hpo_ext.types import SCORE_REQUEST

__all__ = ["ScoreRequest", "score_request"]


@dataclass(frozen=True)
class ScoreRequest:
    """What `nni-hpo test` asks of a trial script: to score a model instead of training one.

    Attributes
    ----------
    parameters
        Parameters of the trial that kept the model.
    directory
        Its output directory (``$NNI_OUTPUT_DIR`` of the trial), with the kept model.
    result
        File for the answer.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     request = ScoreRequest({}, Path(folder), Path(folder, "answer.json"))
    ...     _ = request.answer(0.91, metric="accuracy", examples=300, dataset="digits")
    ...     json.loads(request.result.read_text())["value"]
    0.91
    """

    parameters: Mapping[str, Any]
    directory: Path
    result: Path

    def answer(self, value: float, *, metric: str, examples: int, dataset: str) -> dict[str, Any]:
        """Report the score on the test part, and return the report.

        Parameters
        ----------
        value
            The metric on the test part.
        metric
            Its name.
        examples
            Number of test examples.
        dataset
            Name of the data set.
        """
        score = {
            "value": float(value),
            "metric": metric,
            "examples": int(examples),
            "dataset": dataset,
        }
        self.result.write_text(json_text(score), encoding="utf-8")
        return score


def score_request() -> ScoreRequest | None:
    """Return what to score if `nni-hpo test` has started this script, None in a trial.

    `nni_hpo_ext.trial.keras.train` and `nni_hpo_ext.trial.torch.train` handle it themselves.

    Raises
    ------
    DataError
        If the file of the request cannot be read.

    Examples
    --------
    >>> if request := score_request():
    ...     model.load_weights(request.directory / "model.keras")
    ...     request.answer(score(model, x_test, y_test), ...)
    """
    file = os.environ.get(SCORE_REQUEST, "")
    if not file:
        return None
    try:
        form = json.loads(Path(file).read_text(encoding="utf-8"))
        return ScoreRequest(form["parameters"], Path(form["directory"]), Path(form["result"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"${SCORE_REQUEST} {file} cannot be read ({error!r}); unset it") from None
