"""Savings and costs of a stopping rule on a recording."""

from __future__ import annotations

from dataclasses import dataclass

from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.audit._settings import Setting
from nni_hpo_ext.stopping import Replayed, replay

__all__ = ["Verdict", "audit"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of replaying a recording under one rule.

    Attributes
    ----------
    setting
        The rule and its arguments.
    replayed
        The replayed trials.
    stopped
        Number of trials that the rule stops.
    steps_saved
        Number of intermediate results, usually epochs, that are not computed.
    seconds_saved
        Seconds saved, summed over all trials.
    best_rank
        Rank of the best trial that completes, 1 for the winner; None if no trial does.
    regret
        Difference between the final values of that trial and the winner, at least 0; None if no
        trial completes.
    front_stopped
        Number of stopped trials that are on the Pareto front; 0 with one objective.
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
        """Whether no trial as good as the winner completes."""
        return self.regret is None or self.regret > 0


def audit(recording: Recording, setting: Setting) -> Verdict:
    """Replay a recording under a rule.

    Trials that failed or were stopped in the recording end where they ended.

    Examples
    --------
    >>> from nni_hpo_ext.audit import Recording, Setting, audit
    >>> from nni_hpo_ext.types import Objective
    >>> curves = [[level * epoch for epoch in range(1, 21)] for level in (3, 1, 2, 4, 1, 1)]
    >>> goal = Objective("accuracy", "maximize")
    >>> recording = Recording.of_curves("toy", curves, goal, workers=1)
    >>> verdict = audit(recording, Setting("medianstop", {"start_step": 5}))
    >>> verdict.stopped, verdict.winner_killed
    (3, False)
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
