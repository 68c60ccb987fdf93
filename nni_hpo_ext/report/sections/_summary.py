"""The summary: best values, trials by status, time, savings and failures."""

from __future__ import annotations

from collections.abc import Iterator

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Card, Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.sections._trials import trial_table
from nni_hpo_ext.report.sections._verdict import verdict
from nni_hpo_ext.study import End

__all__ = ["summary"]

_TOP = 5


def summary(findings: Findings) -> Section:
    """Return the verdict, and the numbers behind it."""
    study = findings.study
    goal, top = study.objectives[0], study.ranking[:_TOP]
    note = (
        "The best value of many trials is optimistic: retrain the configuration with other seeds "
        "before you rely on it."
    )
    tables = [trial_table(f"Best trials by {goal.shown}", top, study.objectives, note)]
    return Section(
        "summary",
        "Summary",
        "Summary",
        statements=list(verdict(findings)),
        text=list(_state(findings)),
        cards=list(_cards(findings)),
        tables=tables if top else [],
    )


def _state(findings: Findings) -> Iterator[str]:
    study = findings.study
    if study.space is None:
        yield "The search space is unknown, so parameters cannot be analysed."
    elif findings.sample is None:
        yield "The search space is malformed, so parameters cannot be analysed."
    elif findings.sample.foreign:
        yield (
            f"The parameter analysis excludes {text.count(findings.sample.foreign, 'trial')} with "
            "a configuration outside the search space."
        )
    if findings.repeated:
        yield (
            f"{findings.repeated} of {text.count(len(study.trials), 'trial')} repeat the result of "
            "an earlier one: a row of the benchmark's table answers several configurations."
        )


def _cards(findings: Findings) -> Iterator[Card]:
    study = findings.study
    for goal in study.objectives:
        best = study.best_by(goal)
        value = "-" if best is None else text.value(best.values[goal.name])
        note = f"{goal.direction}; " + ("no trial" if best is None else f"trial {best.number}")
        yield Card(f"Best {goal.title}", value, note)
    if study.score is not None:
        yield Card(
            f"Test {study.score.metric}",
            text.value(study.score.value),
            f"trial {study.score.trial} on {text.count(study.score.examples, 'example')} that the "
            "search did not see",
        )
    if study.front:
        size = text.count(len(study.front), "trial")
        yield Card("Pareto front", size, f"of {len(study.of(End.SUCCEEDED))} successful trials")
    yield Card(
        "Trials", _of(len(study.trials), study.config.get("maxTrialNumber")), _ends(findings)
    )
    yield _time(findings)
    yield from _stopping(findings)
    yield from _trouble(findings)


def _of(n: int, most: object) -> str:
    return f"{n} of {most}" if most else str(n)


def _ends(findings: Findings) -> str:
    numbers = [(len(findings.study.of(end)), end.value) for end in End]
    return ", ".join(f"{n} {name}" for n, name in numbers if n)


def _time(findings: Findings) -> Card:
    study = findings.study
    notes = [f"{text.duration(findings.busy_seconds)} of trials"]
    concurrency = study.config.get("trialConcurrency")
    if concurrency:
        notes.append(f"concurrency {concurrency}")
    limit = study.config.get("maxExperimentDuration")
    if limit:
        notes.append(f"limit {limit}{' s' if study.simulated else ''}")
    title = "Virtual time" if study.simulated else "Time"
    return Card(title, text.duration(study.seconds), ", ".join(notes))


def _stopping(findings: Findings) -> Iterator[Card]:
    savings = findings.study.savings
    if savings is not None:
        yield Card(
            "Early stopping saved",
            text.count(savings.steps, "epoch"),
            f"in {text.count(savings.stopped, 'trial')}, about "
            f"{text.duration(findings.saved_seconds)} of compute",
        )
    loss = findings.front_loss
    if loss is not None:
        yield Card(
            "Front members stopped in a replay",
            f"{loss.stopped} of {loss.of}",
            f"by the rule {loss.rule}, in the order in which the trials ran",
        )


def _trouble(findings: Findings) -> Iterator[Card]:
    fallbacks = findings.study.journal.substitutes
    rejected = sum(n for _, n in findings.rejected)
    if fallbacks:
        yield Card("Fallbacks", str(fallbacks), "suggestions that replace a failed one")
    if rejected:
        yield Card("Rejected values", str(rejected), "results that the tuner cannot use")
