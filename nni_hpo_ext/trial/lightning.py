"""Report a training of PyTorch Lightning to NNI."""

from __future__ import annotations

from typing import Any

import lightning.pytorch

from nni_hpo_ext.trial.callback import ReportingCallback

__all__ = ["LightningReport"]


class LightningReport(ReportingCallback, lightning.pytorch.Callback):
    """Callback that reports each validation to NNI and keeps the best checkpoint.

    The checkpoint is ``model.ckpt`` in ``$NNI_OUTPUT_DIR``, for ``load_from_checkpoint``.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name under which the module logs it, such as ``"val_loss"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with LightningReport("digits", "val_loss") as report:  # doctest: +SKIP
    ...     Trainer(max_epochs=10, callbacks=[report]).fit(module, train, valid)
    """

    _model_file = "model.ckpt"

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Note the number of weights; called by Lightning."""
        self.note(parameters=sum(weights.numel() for weights in pl_module.parameters()))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Report a validation, but not the trial run before the training; called by Lightning."""
        if trainer.is_global_zero and not trainer.sanity_checking:
            self.offer(trainer.callback_metrics, trainer.save_checkpoint)
