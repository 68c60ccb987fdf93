"""Report a training of the Hugging Face Trainer to NNI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import transformers

from nni_hpo_ext.trial.callback import ReportingCallback

__all__ = ["TransformersReport"]


class TransformersReport(ReportingCallback, transformers.TrainerCallback):
    """Callback that reports each evaluation to NNI and keeps the best weights.

    The weights are ``model.safetensors`` in ``$NNI_OUTPUT_DIR``, for
    ``safetensors.torch.load_model``.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name in the results of ``Trainer.evaluate``, such as ``"eval_accuracy"``.
    mode, extra, every
        See `ReportingCallback`.

    Examples
    --------
    >>> with TransformersReport("digits", "eval_loss") as report:  # doctest: +SKIP
    ...     Trainer(model, arguments, callbacks=[report], ...).train()
    """

    _model_file = "model.safetensors"

    def __init__(
        self,
        dataset: str,
        metric: str = "eval_loss",
        mode: str = "auto",
        extra: Mapping[str, Any] | None = None,
        every: int = 1,
    ) -> None:
        super().__init__(dataset, metric, mode, extra, every)

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report an evaluation; called by the Trainer.

        Parameters
        ----------
        args, state, control
            Arguments, progress and flow of the training.
        **kwargs
            Among others the ``model``, and the ``metrics`` of the evaluation.
        """
        from safetensors.torch import save_model

        if state.is_world_process_zero:
            model = kwargs["model"]
            self.offer(kwargs["metrics"], lambda path: save_model(model, str(path)))
