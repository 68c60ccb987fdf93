"""The verdict: the best trial, whether the search has levelled off, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Statement
from nni_hpo_ext.render.statistics import share_interval
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.study import End, Study, TrialRecord

__all__ = ["verdict"]

_FEWEST = 20  # trials with a value, before anything is said about a plateau
_LAST = 1 / 3  # share of the trials that count as the latest
_GAIN = 0.01  # smallest gain that counts, in interquartile ranges of the values
_MANY_FAILURES = 0.2  # share of the trials


def verdict(findings: Findings) -> Iterator[Statement]:
    """Yield a sentence on the result, the course and the next step."""
    study = findings.study
    if study.best is None:
        yield Statement("Result", _without_result(study), "failures", "Reasons")
        return
    yield Statement("Result", _result(study, study.best), "trials", "All trials")
    yield Statement("Course", _course(findings), "progress", "Progress")
    yield _next(findings)


def _without_result(study: Study) -> str:
    if not study.trials:
        return "No trial has started."
    failed = len(study.of(End.FAILED))
    reason = f"{failed} of {text.count(len(study.trials), 'trial')} failed" if failed else ""
    return f"No trial has succeeded with a usable result yet{reason and f'; {reason}'}."


def _result(study: Study, best: TrialRecord) -> str:
    goal = study.objectives[0]
    sentences = [
        f"Trial {best.number} has the best {goal.shown}, "
        f"{_value(best.values[goal.name], goal.unit)}, with "
        f"{text.parameters(best.params or {}) or 'an unknown configuration'}."
    ]
    if len(study.front) > 1:
        ranges = [
            f"{g.shown} from {text.value(min(values))} to {_value(max(values), g.unit)}"
            for g in study.objectives
            for values in [[t.values[g.name] for t in study.front]]
        ]
        sentences.append(
            f"The Pareto front has {len(study.front)} trials, with {', '.join(ranges)}."
        )
    if study.score is not None:
        sentences.append(_score(study))
    return " ".join(sentences)


def _value(number: float, unit: str) -> str:
    return f"{text.value(number)} {unit}" if unit else text.value(number)


def _score(study: Study) -> str:
    score = study.score
    assert score is not None
    value = text.value(score.value)
    if score.metric == "accuracy" and score.examples and 0 <= score.value <= 1:
        low, high = share_interval(round(score.value * score.examples), score.examples)
        value += f" (95 % interval {low:.3f} to {high:.3f})"
    return (
        f"On {text.count(score.examples, 'test example')} that the search did not see, trial "
        f"{score.trial} has {score.metric} {value}."
    )


def _course(findings: Findings) -> str:
    steps = findings.steps[0]
    values = [s.value for s in steps if not math.isnan(s.value)]
    if len(values) < _FEWEST:
        return (
            f"{text.count(len(values), 'trial')} with a value: too few to tell whether the search "
            "has levelled off."
        )
    last = max(1, round(len(steps) * _LAST))
    if _advanced(findings, last):
        return f"The search still improves: the last {last} of {len(steps)} trials brought a gain."
    return (
        f"The search has levelled off: the last {last} of {len(steps)} trials brought no gain "
        "that matters."
    )


def _advanced(findings: Findings, last: int) -> bool:
    """Return whether the last trials improved the first objective, or the front, noticeably."""
    steps = findings.steps[0]
    low, high = np.nanpercentile([s.value for s in steps], [25, 75])
    before, after = steps[-last - 1].best, steps[-1].best
    if math.isnan(before) or abs(after - before) > _GAIN * (high - low):
        return True
    early = [v for count, _, v in findings.volumes if count <= len(steps) - last]
    if not findings.volumes:
        return False
    return not early or findings.volumes[-1][2] > (1 + _GAIN) * early[-1]


def _next(findings: Findings) -> Statement:
    study, question = findings.study, "Next"
    failed = len(study.of(End.FAILED))
    if failed > _MANY_FAILURES * len(study.trials):
        sentence = f"Find out first why {failed} of {len(study.trials)} trials failed."
        return Statement(question, sentence, "failures", "Reasons")
    if study.ended is None and not study.simulated:
        sentence = "The experiment has not finished: it is still running, or it was interrupted."
        return Statement(question, sentence)
    narrowing = findings.narrowing
    if narrowing is not None and narrowing.changed:
        names = [c.name for c in narrowing.changes if c.changed]
        sentence = (
            f"Search on in the proposed space, which changes {', '.join(names[:3])}"
            f"{' and others' if len(names) > 3 else ''}{_command(study, 'next')}."
        )
        return Statement(question, sentence, "next", "Proposed search space")
    sentence = (
        "Train the best configuration again with other seeds before you rely on its value"
        f"{_command(study, 'retrain')}."
    )
    return Statement(question, sentence, "again", "Configuration")


def _command(study: Study, verb: str) -> str:
    """Return the command that does it; only experiments of NNI have one."""
    return "" if study.simulated or study.served else f" (nni-hpo {verb} {study.id})"
