"""Report a training of skorch to NNI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import skorch.callbacks

from nni_hpo_ext.trial.callback import ReportingCallback

__all__ = ["SkorchReport"]


class SkorchReport(ReportingCallback, skorch.callbacks.Callback):
    """Callback that reports each epoch to NNI and keeps the best weights.

    The weights are ``model.pt`` in ``$NNI_OUTPUT_DIR``, for ``net.load_params(f_params=...)``.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name in the history of the net, such as ``"valid_acc"`` or ``"valid_loss"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with SkorchReport("digits", "valid_acc") as report:  # doctest: +SKIP
    ...     NeuralNetClassifier(Module, callbacks=[("nni", report)]).fit(x, y)
    """

    _model_file = "model.pt"

    def __init__(
        self,
        dataset: str,
        metric: str = "valid_acc",
        mode: str = "auto",
        extra: Mapping[str, Any] | None = None,
        every: int = 1,
    ) -> None:
        super().__init__(dataset, metric, mode, extra, every)
        # scikit-learn reads the arguments of a callback from its attributes.
        self.dataset, self.metric, self.mode = dataset, metric, mode
        self.extra, self.every = extra, every

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Report an epoch; called by skorch.

        Parameters
        ----------
        net
            The net.
        **kwargs
            Its data sets, which are not needed.
        """
        self.offer(net.history[-1], lambda path: net.save_params(f_params=str(path)))
