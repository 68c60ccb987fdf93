"""NNI tuners: what a user names in a config."""

from __future__ import annotations

from nni_hpo_ext.tuners._dragonfly import DragonflyTuner
from nni_hpo_ext.tuners._random import RandomTuner

__all__ = ["DragonflyTuner", "RandomTuner"]
