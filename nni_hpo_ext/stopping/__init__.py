"""Early-stopping rules: pure functions over learning curves, nothing of NNI."""

from __future__ import annotations

from nni_hpo_ext.stopping._median import Decision, MedianRule

__all__ = ["Decision", "MedianRule"]
