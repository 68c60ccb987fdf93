"""Length of a full run, learnt from completed trials."""

from __future__ import annotations

from nni_hpo_ext.stopping._sample import OrderedSample

__all__ = ["RunLength"]

# Below the maximum, so that a single outlier does not decide.
_QUANTILE = 0.9


class RunLength:
    """The 0.9 quantile of the number of steps of the completed trials."""

    def __init__(self) -> None:
        self._lengths = OrderedSample()

    def add(self, steps: int) -> None:
        """Add the length of a completed trial."""
        self._lengths.add(steps)

    @property
    def steps(self) -> int:
        """The length, 0 before the first trial has completed."""
        return int(self._lengths.lower_quantile(_QUANTILE)) if len(self._lengths) else 0
