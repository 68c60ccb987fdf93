"""Report a LightGBM training to NNI."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.trial.callback import ReportingCallback

__all__ = ["LightGBMReport"]


class LightGBMReport(ReportingCallback):
    """Callback that reports each boosting round to NNI and keeps the best model.

    The model is ``model.txt`` in ``$NNI_OUTPUT_DIR``, for ``Booster(model_file=...)``.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name of the evaluation set, a dash, and the metric: ``"valid_0-multi_logloss"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with LightGBMReport("digits", "valid_0-multi_logloss") as report:  # doctest: +SKIP
    ...     model.fit(x, y, eval_set=[(x_valid, y_valid)], callbacks=[report])
    """

    # Before LightGBM's own early stopping, which ends a round with an exception.
    order = 25

    _model_file = "model.txt"

    def __call__(self, env: Any) -> None:
        """Report a round; called by LightGBM with its ``CallbackEnv``."""
        values = {
            f"{data}-{metric}": value for data, metric, value, *_ in env.evaluation_result_list
        }
        self.offer(values, lambda path: env.model.save_model(str(path)))
