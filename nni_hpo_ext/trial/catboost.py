"""Report a CatBoost training to NNI."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.trial.callback import ReportingCallback, latest

__all__ = ["CatBoostReport"]


class CatBoostReport(ReportingCallback):
    """Callback that reports each boosting round to NNI.

    CatBoost gives its callbacks no model. Save it after ``fit``, which returns the model of the
    best round.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name of the evaluation set, a dash, and the metric: ``"validation-Accuracy"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with CatBoostReport("digits", "validation-Accuracy") as report:  # doctest: +SKIP
    ...     model.fit(x, y, eval_set=(x_valid, y_valid), callbacks=[report])
    """

    def after_iteration(self, info: Any) -> bool:
        """Report a round; called by CatBoost. Returns True: the training goes on."""
        self.offer(latest(info.metrics))
        return True
