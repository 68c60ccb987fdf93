"""The findings of a report, computed once for all formats."""

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
    """A reason why trials did not succeed.

    Attributes
    ----------
    end
        Status of the trials.
    reason
        The reason.
    numbers
        Numbers of the trials.
    """

    end: str
    reason: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Findings:
    """Findings about a study.

    Attributes
    ----------
    study
        The study.
    steps
        Progress in each objective.
    volumes
        Growth of the hypervolume, see `volumes`.
    sample
        The trials as points; None if the search space is unknown.
    importances
        Parameter importance for each objective; None if the search space is unknown or there are
        too few trials.
    narrowing
        The proposed search space; None if the old one is unknown.
    arms
        Results of the components of the tuner.
    causes
        Why trials did not succeed, the most frequent reason first.
    front_loss
        What the assessor's rule does to the front in a replay; None with one objective.
    repeated
        Number of simulated trials with the same result as an earlier one.
    rejected, fallbacks
        Values that the tuner rejected, and failures of its components, as (reason, count).
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
    repeated: int = 0

    @property
    def saved_seconds(self) -> float:
        """Seconds that stopped trials would still have taken, each at its own pace."""
        savings = self.study.savings
        if savings is None:
            return 0.0
        return sum(_remaining(t, savings.full) for t in self.study.of(End.STOPPED))

    @property
    def busy_seconds(self) -> float:
        """Total duration of all finished trials in seconds."""
        return sum(t.seconds or 0.0 for t in self.study.trials)


def examine(study: Study) -> Findings:
    """Compute the findings about a study."""
    steps = tuple(progress(study, goal) for goal in study.objectives)
    sample = make_sample(study)
    return Findings(
        study=study,
        steps=steps,
        volumes=volumes(study),
        sample=sample,
        importances=importances(sample, study.objectives),
        narrowing=narrow(sample, study.space) if sample and study.space else None,
        arms=arms(study, steps[0]),
        causes=_causes(study.of(End.FAILED, End.STOPPED, End.CANCELED, End.INTERRUPTED)),
        rejected=_counted(study.journal.rejected),
        fallbacks=_counted(study.journal.fallbacks),
        front_loss=front_loss(study.directory, study.config) if study.directory else None,
        repeated=_repeated(study) if study.simulated else 0,
    )


def _repeated(study: Study) -> int:
    """Return how many trials share values, curve and duration with an earlier one.

    Different configurations with equal results have the same row of a table behind them.
    """
    done = study.of(End.SUCCEEDED)
    seen = {(tuple(t.values.items()), t.curve, round(t.seconds or 0.0, 6)) for t in done}
    return len(done) - len(seen)


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
