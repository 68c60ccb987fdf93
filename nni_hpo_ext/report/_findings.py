"""All that a report says of a study, computed once for every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.audit import FrontLoss, front_loss
from nni_hpo_ext.render.text import last_line
from nni_hpo_ext.report._arms import ArmResult, arms
from nni_hpo_ext.report._importance import Importance, importances
from nni_hpo_ext.report._narrow import Narrowing, narrow
from nni_hpo_ext.report._sample import Sample, make_sample
from nni_hpo_ext.report._volumes import volumes
from nni_hpo_ext.study import End, Step, Study, TrialRecord, progress

__all__ = ["Cause", "Findings", "examine"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why trials ended as they did.

    Attributes
    ----------
    end
        How they ended.
    reason
        Why.
    numbers
        The trials.
    """

    end: str
    reason: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Findings:
    """What a study shows.

    Attributes
    ----------
    study
        The study.
    steps
        Its progress, for each objective.
    volumes
        Growth of the hypervolume, see `volumes`.
    sample
        The trials as points; None if the search space is not known.
    importances
        For each objective; None where there is too little to learn from.
    narrowing
        A search space to go on with; None if the old one is not known.
    arms
        What the tuner's components did.
    causes
        Why trials did not succeed, the most frequent first.
    front_loss
        What the assessor's rule does to the front in a replay; None with one objective.
    rejected, fallbacks
        What the tuner could not use, and where a component of it failed: (what, how often).
    """

    study: Study
    steps: tuple[tuple[Step, ...], ...]
    volumes: tuple[tuple[int, float, float], ...]
    sample: Sample | None
    importances: tuple[Importance | None, ...]
    narrowing: Narrowing | None
    arms: tuple[ArmResult, ...]
    causes: tuple[Cause, ...]
    rejected: tuple[tuple[str, int], ...]
    fallbacks: tuple[tuple[str, int], ...]
    front_loss: FrontLoss | None = None

    @property
    def saved_seconds(self) -> float:
        """Time that stopped trials would still have taken, each at its own pace."""
        savings = self.study.savings
        if savings is None:
            return 0.0
        return sum(_remaining(t, savings.full) for t in self.study.of(End.STOPPED))

    @property
    def busy_seconds(self) -> float:
        """Time of all trials that have ended, one after the other."""
        return sum(t.seconds or 0.0 for t in self.study.trials)


def examine(study: Study) -> Findings:
    """Compute all that a report says."""
    steps = tuple(progress(study, goal) for goal in study.objectives)
    sample = make_sample(study)
    return Findings(
        study=study,
        steps=steps,
        volumes=volumes(study),
        sample=sample,
        importances=importances(sample, study.objectives) if sample else (),
        narrowing=narrow(sample, study.space) if sample and study.space else None,
        arms=arms(study, steps[0]),
        causes=_causes(study.of(End.FAILED, End.STOPPED, End.CANCELED)),
        rejected=_counted(study.journal.rejected),
        fallbacks=_counted(study.journal.fallbacks),
        front_loss=front_loss(study.directory, study.config) if study.directory else None,
    )


def _remaining(trial: TrialRecord, full: int) -> float:
    if not trial.reports or trial.started is None:
        return 0.0
    pace = (trial.reports[-1].time - trial.started) / len(trial.reports)
    return max(0.0, pace * (full - len(trial.reports)))


def _causes(trials: Iterable[TrialRecord]) -> tuple[Cause, ...]:
    numbers: dict[tuple[str, str], list[int]] = {}
    for trial in trials:
        numbers.setdefault((trial.end.value, trial.reason), []).append(trial.number)
    found = [Cause(end, reason, tuple(ns)) for (end, reason), ns in numbers.items()]
    return tuple(sorted(found, key=lambda c: (c.end != End.FAILED.value, -len(c.numbers))))


def _counted(texts: Iterable[Any]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(last_line(str(t)) for t in texts).most_common())
