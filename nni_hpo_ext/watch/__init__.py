"""The live view of an experiment in a terminal."""

from __future__ import annotations

from nni_hpo_ext.watch._frame import frame
from nni_hpo_ext.watch._look import Look, Observer
from nni_hpo_ext.watch._watch import watch

__all__ = ["Look", "Observer", "frame", "watch"]
