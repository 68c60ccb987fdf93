"""Tuners and assessors that NNI 3.0 never had, and the tools around them.

Examples
--------
>>> import nni_hpo_ext as hpo
>>> study = hpo.load("latest")  # doctest: +SKIP
>>> study.plot_progress()  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nni_hpo_ext.functions import optimize
    from nni_hpo_ext.notebook import load

__version__ = "0.1.0"

__all__ = ["__version__", "load", "optimize"]

# Imported when they are first used: NNI and training scripts import this package, too.
_LAZY = {"load": "nni_hpo_ext.notebook", "optimize": "nni_hpo_ext.functions"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
