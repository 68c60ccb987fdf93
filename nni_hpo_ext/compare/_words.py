"""What a comparison says, in cells and sentences that every format shows its own way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nni_hpo_ext.compare._results import Comparison, TunerStanding
from nni_hpo_ext.render import text
from nni_hpo_ext.render.statistics import SIGNIFICANT, Estimate
from nni_hpo_ext.study import End, Study

__all__ = ["cells", "columns", "notes", "reading", "title", "verdict"]

_READING = (
    "Runs: how many, and of how many trials. Best: mean of the runs' best values; times: medians "
    "over the runs, on the clock of the experiment; 95 % intervals in brackets (Student's; "
    "bootstrap). Against best: {test} of the best values, p after Holm's correction."
)
_VOLUME = (
    "Front: mean hypervolume of the Pareto fronts, as a share of the box between the best and the "
    "worst value of each objective over all runs; it is not tested."
)
_TESTS = ("the U test of Mann and Whitney", "Wilcoxon's signed-rank test, paired by seed,")


def title(comparison: Comparison) -> str:
    """Return what was compared."""
    goal = comparison.task.goal
    return f"{comparison.task.model}: {goal.name} ({goal.direction})"


def columns(comparison: Comparison) -> list[str]:
    """Return the titles of a comparison's columns."""
    to_common = f"Time to {text.number(comparison.common)}"
    volume = ["Front"] if _has_volume(comparison) else []
    return ["Tuner", "Runs", "Best", "Time to it", to_common, *volume, "Against best"]


def _has_volume(comparison: Comparison) -> bool:
    return any(s.volume is not None for s in comparison.standings)


def cells(standing: TunerStanding) -> list[str]:
    """Return a tuner's row."""
    return [
        standing.group.tuner,
        _runs(standing),
        _best(standing.best),
        text.time_estimate(standing.seconds_to_best),
        text.time_estimate(standing.seconds_to_common),
        *([] if standing.volume is None else [text.estimate(standing.volume)]),
        _against(standing),
    ]


def _runs(standing: TunerStanding) -> str:
    runs, with_result = len(standing.results), sum(bool(o.steps) for o in standing.results)
    trials = sorted(len(study.trials) for study in standing.group.studies)
    each = f"{trials[0]}" if trials[0] == trials[-1] else f"{trials[0]}-{trials[-1]}"
    missing = "" if with_result == runs else f" ({runs - with_result} without a result)"
    return f"{runs} x {each}{missing}"


def _best(estimate: Estimate) -> str:
    """Return a value and its interval with the digits in which accuracies differ."""
    if math.isnan(estimate.value):
        return "none"
    if estimate.interval is None:
        return text.number(estimate.value)
    low, high = map(text.number, estimate.interval)
    return f"{text.number(estimate.value)} ({low} to {high})"


def _against(standing: TunerStanding) -> str:
    if standing.leads:
        return "best mean"
    if standing.p is None:
        return "no difference shown"
    shown = "worse" if standing.worse else "no difference shown"
    return f"{shown}, p {standing.p:.2g}"


def verdict(comparison: Comparison) -> str:
    """Return in a sentence what is shown, and what is not."""
    best, *others = comparison.standings
    if not others:
        return "One tuner only: there is nothing to compare it with."
    if not comparison.tested:
        return (
            "No difference shown: a single run of a tuner says nothing about its next one. Give "
            "several runs of each, with different seeds."
        )
    worse = [s.group.tuner for s in others if s.worse]
    rest = [s.group.tuner for s in others if not s.worse]
    if not worse:
        return f"No difference shown between the tuners.{_too_few(comparison)}"
    sentence = f"{best.group.tuner} is shown to be better than {_listed(worse)}"
    return f"{sentence}; no difference shown to {_listed(rest)}." if rest else f"{sentence}."


def _too_few(comparison: Comparison) -> str:
    """Say so if the runs are too few for the test to show anything."""
    best, *others = (len(s.results) for s in comparison.standings)
    tested = [n for n in others if n > 1]
    least = min(
        2 / (2**n if comparison.paired else math.comb(n + best, n)) * len(tested) for n in tested
    )
    if least < SIGNIFICANT:
        return ""
    return " So few runs could not show any: give more of each, with other seeds."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def reading(comparison: Comparison) -> str:
    """Return how to read the table."""
    told = _READING.format(test=_TESTS[comparison.paired])
    return f"{told} {_VOLUME}" if _has_volume(comparison) else told


def notes(comparison: Comparison) -> Iterator[str]:
    """Return the verdict, and what makes the comparison unfair."""
    yield verdict(comparison)
    studies = comparison.task.studies
    for what, key in (
        ("numbers of trials", "maxTrialNumber"),
        ("time limits", "maxExperimentDuration"),
        ("numbers of trials at a time", "trialConcurrency"),
    ):
        given = {str(study.config.get(key)) for study in studies}
        if len(given) > 1:
            yield f"The {what} that were asked for differ: {', '.join(sorted(given))}."
    running = [study.id for study in studies if _is_running(study)]
    if running:
        yield f"Not over yet: {', '.join(running)}."


def _is_running(study: Study) -> bool:
    return not study.simulated and bool(study.of(End.RUNNING, End.WAITING)) and study.ended is None
