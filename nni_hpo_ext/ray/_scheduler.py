"""Stop trials of Ray Tune early, as an assessor decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from nni_hpo_ext.ray._search import TunerSearch

__all__ = ["AssessorScheduler"]


class AssessorScheduler(FIFOScheduler):
    """A scheduler that stops the trials of a `TunerSearch` early.

    The tuner learns the best values of a stopped trial, and what the assessor expects of running
    ones. Trials start in the order in which they were suggested.

    Parameters
    ----------
    search
        The searcher of the same ``TuneConfig``.
    assessor
        Name of a registered assessor.
    assessor_args
        Its class arguments. The objectives are those of the searcher.

    Raises
    ------
    ConfigError
        If the searcher has an assessor already.

    Examples
    --------
    >>> from nni_hpo_ext.ray import TunerSearch
    >>> search = TunerSearch("Parzen", metric="accuracy", mode="max")
    >>> scheduler = AssessorScheduler(search, "MedianStopAssessor", {"rule": "median"})
    >>> config = dict(search_alg=search, scheduler=scheduler, num_samples=50)  # of TuneConfig
    """

    def __init__(
        self,
        search: TunerSearch,
        assessor: str = "MedianStopAssessor",
        assessor_args: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._search = search
        search.use_assessor(assessor, assessor_args)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Let the assessor decide on a trial that has reported."""
        stops = self._search.record(trial.trial_id, result)
        return str(TrialScheduler.STOP if stops else TrialScheduler.CONTINUE)

    def debug_string(self) -> str:
        """Return one line about the scheduler, which Tune prints."""
        return f"Using {type(self).__name__}: {self._search.assessor_name}."
