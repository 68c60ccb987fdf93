"""Report an XGBoost training to NNI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xgboost

from nni_hpo_ext.trial.callback import ReportingCallback, latest

__all__ = ["XGBoostReport"]


class XGBoostReport(ReportingCallback, xgboost.callback.TrainingCallback):
    """Callback that reports each boosting round to NNI and keeps the best model.

    The model is ``model.json`` in ``$NNI_OUTPUT_DIR``, for ``Booster.load_model``.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name of the evaluation set, a dash, and the metric: ``"validation_0-mlogloss"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with XGBoostReport("digits", "validation_0-mlogloss") as report:  # doctest: +SKIP
    ...     model = XGBClassifier(callbacks=[report])
    ...     model.fit(x, y, eval_set=[(x_valid, y_valid)])
    """

    _model_file = "model.json"

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """Report a round; called by XGBoost.

        Parameters
        ----------
        model
            The booster.
        epoch
            Number of the round.
        evals_log
            Values of all rounds by evaluation set and metric.

        Returns
        -------
        bool
            False: the training goes on.
        """
        self.offer(latest(evals_log), lambda path: model.save_model(path))
        return False
