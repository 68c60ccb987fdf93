"""The text of a comparison: table cells and sentences, independent of the output format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nni_hpo_ext.compare._results import Comparison, TunerStanding
from nni_hpo_ext.render import text
from nni_hpo_ext.render.statistics import SIGNIFICANT, Estimate
from nni_hpo_ext.study import End, Study

__all__ = ["cells", "columns", "notes", "reading", "title", "verdict"]

_READING = (
    "Runs: number of runs x trials per run. Best: mean of the best values. Times: medians over the "
    "runs, on the clock of the experiment. Brackets: 95 % intervals (Student's for means, "
    "bootstrap for medians). Against best: {test} of the best values; p values are corrected by "
    "Holm's method."
)
_VOLUME = (
    "Front: mean hypervolume of the Pareto fronts, as a share of the box between the best and the "
    "worst value of each objective over all runs; not tested."
)
_TESTS = ("Mann-Whitney U test", "Wilcoxon signed-rank test, paired by seed,")


def title(comparison: Comparison) -> str:
    """Return the title of a comparison."""
    goal = comparison.task.goal
    return f"{comparison.task.model}: {goal.name} ({goal.direction})"


def columns(comparison: Comparison) -> list[str]:
    """Return the column titles of a comparison."""
    to_common = f"Time to {text.number(comparison.common)}"
    volume = ["Front"] if _has_volume(comparison) else []
    return ["Tuner", "Runs", "Best", "Time to best", to_common, *volume, "Against best"]


def _has_volume(comparison: Comparison) -> bool:
    return any(s.volume is not None for s in comparison.standings)


def cells(standing: TunerStanding) -> list[str]:
    """Return the row of a tuner."""
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
    """Return a value and its interval with enough digits to tell accuracies apart."""
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
        return "not tested"
    shown = "worse" if standing.worse else "not significant"
    return f"{shown}, p {standing.p:.2g}"


def verdict(comparison: Comparison) -> str:
    """Return the result of the test in a sentence."""
    best, *others = comparison.standings
    if not others:
        return "There is only one tuner: nothing to compare."
    if not comparison.tested:
        return (
            "Not tested: a single run of a tuner says nothing about its next one. Compare several "
            "runs of each, with different seeds."
        )
    worse = [s.group.tuner for s in others if s.worse]
    rest = [s.group.tuner for s in others if not s.worse]
    if not worse:
        return f"No significant difference between the tuners.{_too_few(comparison)}"
    sentence = f"{best.group.tuner} is significantly better than {_listed(worse)}"
    return f"{sentence}, but not than {_listed(rest)}." if rest else f"{sentence}."


def _too_few(comparison: Comparison) -> str:
    """Return a note if no difference can be significant with this many runs, else ""."""
    best, *others = (len(s.results) for s in comparison.standings)
    tested = [n for n in others if n > 1]
    least = min(
        2 / (2**n if comparison.paired else math.comb(n + best, n)) * len(tested) for n in tested
    )
    if least < SIGNIFICANT:
        return ""
    return " There are too few runs to show any: add more of each, with other seeds."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def reading(comparison: Comparison) -> str:
    """Return the caption of the table."""
    caption = _READING.format(test=_TESTS[comparison.paired])
    return f"{caption} {_VOLUME}" if _has_volume(comparison) else caption


def notes(comparison: Comparison) -> Iterator[str]:
    """Return the verdict, and warnings about unequal runs."""
    yield verdict(comparison)
    studies = comparison.task.studies
    for what, key in (
        ("numbers of trials", "maxTrialNumber"),
        ("time limits", "maxExperimentDuration"),
        ("numbers of parallel trials", "trialConcurrency"),
    ):
        given = {str(study.config.get(key)) for study in studies}
        if len(given) > 1:
            yield f"The configured {what} differ: {', '.join(sorted(given))}."
    running = [study.id for study in studies if _is_running(study)]
    if running:
        yield f"Still running: {', '.join(running)}."


def _is_running(study: Study) -> bool:
    return not study.simulated and bool(study.of(End.RUNNING, End.WAITING)) and study.ended is None
