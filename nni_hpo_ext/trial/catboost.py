"""Report a CatBoost training to NNI."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from nni_hpo_ext.trial.callback import ReportingCallback, latest
from nni_hpo_ext.trial.checkpoint import BestCheckpoint

__all__ = ["CatBoostReport"]

# NNI kills a trial five seconds after it has asked it to stop.
_SECONDS_TO_SAVE = 3.0


class CatBoostReport(ReportingCallback):
    """Callback that reports each boosting round to NNI and keeps the model.

    CatBoost gives its callbacks no model; pass the one that is fitted. At the end of the ``with``
    block, and after an early stop as well, it is saved as ``model.cbm`` in ``$NNI_OUTPUT_DIR``, for
    ``load_model``. With an ``eval_set``, CatBoost shrinks it to the best round.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name of the evaluation set, a dash, and the metric: ``"validation-Accuracy"``.
    mode, extra, every
        See `ReportingCallback`.
    model
        The model that is fitted; without it none is kept.

    Examples
    --------
    >>> model = CatBoostClassifier()  # doctest: +SKIP
    >>> with CatBoostReport("digits", "validation-Accuracy", model=model) as report:
    ...     model.fit(x, y, eval_set=(x_valid, y_valid), callbacks=[report])  # doctest: +SKIP
    """

    def __init__(
        self,
        dataset: str,
        metric: str,
        mode: str = "auto",
        extra: Mapping[str, Any] | None = None,
        every: int = 1,
        *,
        model: Any = None,
    ) -> None:
        super().__init__(dataset, metric, mode, extra, every)
        self._model = model
        self._stopping, self._saved = threading.Event(), threading.Event()
        self.at_stop(self._wait_for_model)

    def after_iteration(self, info: Any) -> bool:
        """Report a round; called by CatBoost. Returns whether the training goes on."""
        if self._stopping.is_set():
            return False
        self.offer(latest(info.metrics))
        return True

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None and self._model is not None and self._model.is_fitted():
            BestCheckpoint("model.cbm").offer(0.0, lambda path: self._model.save_model(str(path)))
        self._saved.set()
        super().__exit__(exc_type, exc, traceback)

    def _wait_for_model(self) -> None:
        """Let the training end after its current round, so that its model can be saved."""
        self._stopping.set()
        if self._model is not None:
            self._saved.wait(_SECONDS_TO_SAVE)
