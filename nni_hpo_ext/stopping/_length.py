"""How long a full run is, learnt from the trials that completed."""

from __future__ import annotations

from nni_hpo_ext.stopping._sample import OrderedSample

__all__ = ["RunLength"]

# Short of the maximum, so that a single trial of another kind does not decide.
_QUANTILE = 0.9


class RunLength:
    """The number of steps of a full run: nine tenths of the completed trials were no longer."""

    def __init__(self) -> None:
        self._lengths = OrderedSample()

    def add(self, steps: int) -> None:
        """Take in the length of a completed trial."""
        self._lengths.add(steps)

    @property
    def steps(self) -> int:
        """The length; 0 before any trial completed."""
        return int(self._lengths.lower_quantile(_QUANTILE)) if len(self._lengths) else 0
