"""A rule's verdict over a recording: what it would have saved, and what it would have cost."""

from __future__ import annotations

from dataclasses import dataclass

from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.audit._settings import Setting
from nni_hpo_ext.stopping import Replayed, replay

__all__ = ["Verdict", "audit"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule would have done.

    Attributes
    ----------
    setting
        The rule and its arguments.
    replayed
        What would have become of each trial.
    stopped
        Number of trials that it would have stopped.
    steps_saved
        Values, epochs as a rule, that would not have been computed.
    seconds_saved
        The time of them, summed over trials.
    best_rank
        Rank of the best trial that it would have let finish, 1 for the winner; None if none.
    regret
        How much worse that trial's final value is than the winner's, at least 0; None if none.
    front_stopped
        Number of trials on the Pareto front that it would have stopped; 0 with one objective.
    """

    setting: Setting
    replayed: tuple[Replayed, ...]
    stopped: int
    steps_saved: int
    seconds_saved: float
    best_rank: int | None
    regret: float | None
    front_stopped: int = 0

    @property
    def winner_killed(self) -> bool:
        """Whether no trial as good as the winner would have finished."""
        return self.regret is None or self.regret > 0


def audit(recording: Recording, setting: Setting) -> Verdict:
    """Replay a recording under a rule.

    Trials that failed, or that were stopped when it was recorded, end where they ended then.
    """
    stopper = setting.stopper(*(recording.objectives or (recording.objective,)))
    replayed = tuple(replay(recording.trials, stopper, recording.workers))
    stopped = {r.trial.name for r in replayed if r.stopped}
    rank = next((i for i, n in enumerate(recording.ranking, 1) if n not in stopped), None)
    return Verdict(
        setting=setting,
        replayed=replayed,
        stopped=len(stopped),
        steps_saved=recording.steps - sum(r.steps for r in replayed),
        seconds_saved=recording.seconds - sum(r.seconds for r in replayed),
        best_rank=rank,
        regret=_regret(recording, rank),
        front_stopped=len(recording.front & stopped),
    )


def _regret(recording: Recording, rank: int | None) -> float | None:
    if rank is None:
        return None
    winner, best = recording.ranking[0], recording.ranking[rank - 1]
    return abs(recording.finals[winner] - recording.finals[best])
