"""Run and watch NNI experiments."""

from __future__ import annotations

from nni_hpo_ext.experiment._follow import Limits
from nni_hpo_ext.experiment._frame import frame
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._observer import Look, Observer
from nni_hpo_ext.experiment._progress import time_left
from nni_hpo_ext.experiment._run import RunOptions, run
from nni_hpo_ext.experiment._score import score_best
from nni_hpo_ext.experiment._watch import watch

__all__ = [
    "Interrupts",
    "Limits",
    "Look",
    "Observer",
    "RunOptions",
    "frame",
    "run",
    "score_best",
    "time_left",
    "watch",
]
