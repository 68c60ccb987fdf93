"""How a tuner comes back after a resume: from its journal, checked against what NNI knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.database import Database, Metric
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.tuners._history import TrialKey, loose_text
from nni_hpo_ext.tuners._memory import Memory
from nni_hpo_ext.types import Params

__all__ = ["Reconciliation", "Unheard", "compare", "final_results", "recall"]


def recall(journal: Journal, memory: Memory) -> tuple[int, int]:
    """Take in what a journal holds; return the numbers of its lines and of those not usable."""
    lines = unusable = 0
    for event in _events(journal):
        lines += 1
        try:
            memory.take(event or {"event": "start"})  # a torn line is as malformed as this
        except Exception:  # whatever a damaged line makes Python raise
            unusable += 1
    return lines, unusable


def _events(journal: Journal) -> Iterator[dict[str, Any] | None]:
    try:
        yield from journal.events()
    except OSError:  # the rest cannot be read
        yield None


def final_results(journal: Journal) -> list[Metric] | None:
    """Return the final results in NNI's database beside a journal, None if it cannot be read.

    There a result stands with the id of the parameters that the trial really had.
    """
    if journal.path is None:
        return None
    try:
        return Database(journal.path.parent.parent).metrics(final_only=True)
    except HpoExtError:
        return None


@dataclass(frozen=True, slots=True)
class Unheard:
    """A result that NNI has and the journal lacks; ``key`` is None if it suggested no such trial.

    It came while no tuner was there to hear of it.
    """

    key: TrialKey | None
    params: Params
    report: Any
    job: str | None


@dataclass(slots=True)
class Reconciliation:
    """What NNI knows beside what the journal knows.

    Attributes
    ----------
    unheard
        Results that the journal lacks.
    known
        Number of results that both have.
    wrong
        Number of results that NNI's import gives with the parameters of another trial.
    """

    unheard: list[Unheard] = field(default_factory=list)
    known: int = 0
    wrong: int = 0


def compare(
    memory: Memory, entries: Sequence[Mapping[str, Any]], finals: Iterable[Metric] | None
) -> Reconciliation:
    """Compare the journal with what NNI has.

    Parameters
    ----------
    memory
        What the journal holds.
    entries
        ``{"parameter", "value"}`` as NNI imports them after a resume, with ``"trialJobId"`` if from
        a trial of this experiment.
    finals
        `final_results`. Without them an imported pair is believed if neither its parameters nor its
        value have another partner in the journal.
    """
    result = Reconciliation()
    jobs, pairs = _by_id(memory, finals or (), result)
    rest = []
    for entry in entries:
        if entry.get("trialJobId") not in jobs:
            rest.append(entry)
        elif _pair(entry["parameter"], entry["value"]) not in pairs:
            result.wrong += 1
    _by_pair(memory, rest, result)
    return result


def _by_id(
    memory: Memory, finals: Iterable[Metric], result: Reconciliation
) -> tuple[set[str], set[str]]:
    """Compare by parameter id; return the jobs, and their true pairs."""
    jobs: set[str] = set()
    pairs: set[str] = set()
    seen: Counter[TrialKey] = Counter()
    for final in finals:
        key = memory.suggestion(_number(final.parameter_id), final.time)
        if key is None:
            continue
        params = memory.history.params(key)
        jobs.add(final.job_id)
        pairs.add(_pair(params, final.value))
        seen[key] += 1
        if seen[key] > memory.history.n_reports(key):
            result.unheard.append(Unheard(key, params, final.value, final.job_id))
        else:
            result.known += 1
    return jobs, pairs


def _by_pair(memory: Memory, entries: Sequence[Mapping[str, Any]], result: Reconciliation) -> None:
    """Compare by parameters and value alone."""
    reports = list(memory.history.reports())
    pairs = Counter(_pair(params, report) for _, params, report in reports)
    values = Counter(loose_text(report) for _, _, report in reports)
    doubtful = []
    for entry in entries:
        pair = _pair(entry["parameter"], entry["value"])
        if pairs[pair]:
            pairs[pair] -= 1
            values[loose_text(entry["value"])] -= 1
            result.known += 1
        else:
            doubtful.append(entry)
    for entry in doubtful:
        key = memory.history.suggestion_of(entry["parameter"])
        if key is not None and (
            values[loose_text(entry["value"])] or memory.history.n_reports(key)
        ):
            values[loose_text(entry["value"])] -= 1
            result.wrong += 1
        else:
            job = entry.get("trialJobId")
            result.unheard.append(Unheard(key, entry["parameter"], entry["value"], job))


def _number(parameter_id: str | None) -> object:
    try:
        return int(parameter_id or "")
    except ValueError:
        return parameter_id


def _pair(params: Any, value: Any) -> str:
    return loose_text([params, value])
