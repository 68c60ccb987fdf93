"""Find the call that trains a model in a framework whose callbacks can report to NNI."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from nni_hpo_ext.script._literals import imported_modules

__all__ = ["TrainingCall", "find_training_call"]


class _Framework(NamedTuple):
    library: str  # what the script imports
    module: str  # of ours
    callback: str
    arguments: str
    call: re.Pattern[str]


_FIT, _BOOST = re.compile(r"\.fit$"), re.compile(r"\.fit$|\b(xgb|lgb|xgboost|lightgbm)\.train$")
_KERAS = ("keras", "ReportToNni", '"DATASET"', _FIT)
_LIGHTNING = ("lightning", "LightningReport", '"DATASET", "val_loss"', _FIT)
_TRAINER = re.compile(r"[tT]rainer\.train$")
_FRAMEWORKS = (
    _Framework("transformers", "transformers", "TransformersReport", '"DATASET"', _TRAINER),
    _Framework("lightning", *_LIGHTNING),
    _Framework("pytorch_lightning", *_LIGHTNING),
    _Framework("skorch", "skorch", "SkorchReport", '"DATASET"', _FIT),
    _Framework("xgboost", "xgboost", "XGBoostReport", '"DATASET", "validation_0-METRIC"', _BOOST),
    _Framework("lightgbm", "lightgbm", "LightGBMReport", '"DATASET", "valid_0-METRIC"', _BOOST),
    _Framework("catboost", "catboost", "CatBoostReport", '"DATASET", "validation-METRIC"', _FIT),
    _Framework("keras", *_KERAS),
    _Framework("tensorflow", *_KERAS),
)


class TrainingCall(NamedTuple):
    """The call that trains, and the callback for it: module, class, and arguments."""

    line: int
    text: str
    module: str
    callback: str
    arguments: str


def find_training_call(tree: ast.Module) -> TrainingCall | None:
    """Return the last call that trains in a framework that the script imports.

    Parameters
    ----------
    tree
        The script.
    """
    roots = {module.partition(".")[0] for module in imported_modules(tree)}
    calls = {n.lineno: ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    for framework in _FRAMEWORKS:
        lines = [line for line, text in calls.items() if framework.call.search(text)]
        if framework.library in roots and lines:
            line = max(lines)
            return TrainingCall(
                line,
                calls[line],
                f"nni_hpo_ext.trial.{framework.module}",
                framework.callback,
                framework.arguments,
            )
    return None
