"""Whether large or small values of a trial's metric are good.

Reports, checkpoints and the partial value of a stopped trial share this decision.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import DEFAULT, objectives_of_tuner
from nni_hpo_ext.trial._manager import ask

__all__ = ["Mode", "best", "choose_mode", "is_better"]

Mode: TypeAlias = Literal["min", "max"]

_logger = logging.getLogger(__name__)

_MODES: Mapping[Any, Mode] = {"minimize": "min", "maximize": "max"}
_VERBS = {"min": "minimize", "max": "maximize"}

# Words in the names of metrics of Keras, scikit-learn, Hugging Face and the boosting libraries.
_SMALL_IS_GOOD = {
    "loss", "error", "err", "merror", "mse", "rmse", "mae", "mape", "msle", "rmsle", "l1", "l2",
    "logloss", "mlogloss", "nll", "nloglik", "crossentropy", "entropy", "perplexity", "ppl", "wer",
    "cer", "divergence", "deviance", "brier", "hinge", "logcosh", "runtime", "seconds", "duration",
    "latency",
}  # fmt: skip
_LARGE_IS_GOOD = {
    "accuracy", "acc", "auc", "aucpr", "auroc", "auprc", "f1", "fbeta", "precision", "recall",
    "sensitivity", "specificity", "r2", "d2", "ndcg", "map", "iou", "dice", "jaccard", "bleu",
    "rouge", "kappa", "mcc", "matthews", "top1", "top5", "psnr", "ssim", "reward", "likelihood",
}  # fmt: skip
_OPPOSITE: Mapping[Mode, Mode] = {"min": "max", "max": "min"}


def choose_mode(metric: str, mode: str = "auto") -> Mode:
    """Return ``"max"`` if large values of a trial's metric are good, ``"min"`` if small ones are.

    Within an experiment, the trial reports the metric under the key ``default``. With ``"auto"``,
    the direction of the objective ``default`` in the experiment's config decides (the tuner's
    ``objectives`` or ``optimize_mode``), and where the config has none the name of the metric.

    Parameters
    ----------
    metric
        Name of the metric, such as ``"val_loss"``.
    mode
        ``"min"``, ``"max"`` or ``"auto"``.

    Raises
    ------
    ConfigError
        If `mode` contradicts the experiment's config, or neither the config nor the name of the
        metric tells the direction.

    Examples
    --------
    >>> choose_mode("val_loss"), choose_mode("val_accuracy"), choose_mode("neg_mean_squared_error")
    ('min', 'max', 'max')
    """
    one_of("mode", mode, ("auto", "min", "max"))
    objective = _objective_mode()
    known = _known_mode(metric)
    if mode == "auto":
        if objective and known and objective != known:
            _logger.warning(
                "the experiment's config says to %s default, but this trial reports %s there; "
                "correct optimize_mode or objectives of the tuner",
                _VERBS[objective],
                metric,
            )
        chosen = objective or known
        if chosen is None:
            raise ConfigError(
                f"cannot tell whether large or small values of {metric!r} are good; "
                "pass mode='max' or mode='min'"
            )
        return chosen
    if objective and objective != mode:
        raise ConfigError(
            f"mode {mode!r} of {metric!r} contradicts the experiment's config, which says to "
            f"{_VERBS[objective]} default; correct one of them"
        )
    return "min" if mode == "min" else "max"


def is_better(mode: Mode, value: float, other: float) -> bool:
    """Return whether `value` is better than `other`; NaN is never better, and always worse.

    Examples
    --------
    >>> is_better("min", 0.5, 0.7), is_better("max", 0.5, 0.7), is_better("max", 0.5, math.nan)
    (True, False, True)
    """
    if math.isnan(value) or math.isnan(other):
        return not math.isnan(value)
    return value < other if mode == "min" else value > other


def best(mode: Mode, values: Iterable[float]) -> float | None:
    """Return the best finite value, None if there is none.

    Examples
    --------
    >>> best("min", [7.7, float("nan"), 7.6, 7.65])
    7.6
    """
    finite = [value for value in values if math.isfinite(value)]
    return (min if mode == "min" else max)(finite, default=None)


def _known_mode(metric: str) -> Mode | None:
    """Return the direction that the words of a metric's name tell, None if they tell none."""
    words = set(re.findall(r"[a-z0-9]+", metric.lower()))
    small, large = words & _SMALL_IS_GOOD, words & _LARGE_IS_GOOD
    if small and large:
        return None
    if not small and not large:
        return "max" if "score" in words else None
    mode: Mode = "min" if small else "max"
    # scikit-learn negates errors, so that all its scores are maximised.
    return _OPPOSITE[mode] if "neg" in words else mode


def _objective_mode() -> Mode | None:
    """Return the direction of the objective ``default`` in the config of the experiment."""
    profile = ask("experiment")
    config = profile.get("params") if isinstance(profile, Mapping) else None
    if not isinstance(config, Mapping):
        return None
    if declared := objectives_of_tuner(config):
        return next((_MODES[goal.direction] for goal in declared if goal.name == DEFAULT), None)
    for kind in ("tuner", "advisor"):
        arguments = (config.get(kind) or {}).get("classArgs") or {}
        if mode := _MODES.get(arguments.get("optimize_mode")):
            return mode
    return None
