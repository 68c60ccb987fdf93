"""Enforce the time limit of an experiment; NNI only stops starting new trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.render.text import count, duration
from nni_hpo_ext.study import End, RestClient, TrialRecord

__all__ = ["Deadline"]

# A canceled trial has 5 s to report its last results before NNI kills it.
_GRACE_SECONDS = 20.0


class Deadline:
    """Ends the running trials, and then the experiment, at ``maxExperimentDuration``.

    Parameters
    ----------
    limit
        Seconds since the start, None for no limit.
    rest
        The manager's REST interface.
    journal
        Where cancellations are recorded: NNI's database says that a user canceled the trials.
    note
        Prints a line.

    Attributes
    ----------
    limit
        As given; a user may change it while the experiment runs.
    """

    def __init__(
        self,
        limit: float | None,
        rest: RestClient,
        journal: Journal,
        note: Callable[[str], None],
    ) -> None:
        self.limit = limit
        self._rest = rest
        self._journal = journal
        self._note = note
        self._canceled: set[str] = set()

    def judge(self, trials: Sequence[TrialRecord], elapsed: float) -> Outcome | None:
        """Return the outcome, None before the limit and while trials are ending."""
        if self.limit is None or elapsed < self.limit:
            return None
        running = [t for t in trials if t.end is End.RUNNING]
        self._end([t for t in running if t.job_id not in self._canceled])
        if running and elapsed < self.limit + _GRACE_SECONDS:
            return None
        return Outcome(
            Kind.DEADLINE,
            f"the time limit of {duration(self.limit)} (maxExperimentDuration) was reached",
        )

    def _end(self, trials: Sequence[TrialRecord]) -> None:
        if not trials:
            return
        self._canceled |= {t.job_id for t in trials}
        self._note(f"Time limit reached: ending {count(len(trials), 'running trial')}.")
        for trial in trials:
            self._journal.write("cut", trial=trial.job_id, reason="the time limit was reached")
            try:
                self._rest.cancel(trial.job_id)
            except ExperimentError as error:  # it may have ended in the meantime
                self._note(f"Trial {trial.number}: {error}")
