"""How a tuner comes back after a resume: from its journal, checked against what NNI knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.database import Configurations, Database, Metric
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.tuners._history import TrialKey, loose_text
from nni_hpo_ext.tuners._memory import Memory
from nni_hpo_ext.types import Params

__all__ = ["Account", "Reconciliation", "Unheard", "compare", "nni_account", "recall"]


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


@dataclass(frozen=True, slots=True)
class Account:
    """NNI's own account in its database.

    Attributes
    ----------
    finals
        The final results, each with the id of the configuration that the trial really had.
    configurations
        What the ids stand for.
    """

    finals: Sequence[Metric]
    configurations: Configurations


def nni_account(journal: Journal) -> Account | None:
    """Read NNI's database beside a journal; None if it cannot be read."""
    if journal.path is None:
        return None
    try:
        database = Database(journal.path.parent.parent)
        return Account(database.metrics(final_only=True), database.configurations())
    except HpoExtError:
        return None


@dataclass(frozen=True, slots=True)
class Unheard:
    """A result that NNI has and the journal lacks; ``key`` is None if it suggested no such trial.

    It came while no tuner was there to hear of it, or its lines in the journal are lost.
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
    unproven
        Number of results that nothing tells the configuration of.
    """

    unheard: list[Unheard] = field(default_factory=list)
    known: int = 0
    wrong: int = 0
    unproven: int = 0


def compare(
    memory: Memory, entries: Sequence[Mapping[str, Any]], account: Account | None
) -> Reconciliation:
    """Compare the journal with what NNI has.

    A result belongs to the configuration that its parameter id stands for: in NNI's database, or
    else in the journal. The pairs that NNI imports prove nothing, except those that users made.

    Parameters
    ----------
    memory
        What the journal holds.
    entries
        ``{"parameter", "value"}`` as NNI imports them after a resume, with ``"trialJobId"`` if from
        a trial of this experiment.
    account
        `nni_account`. Without it no pair of this experiment that the journal lacks is proven.
    """
    result = Reconciliation()
    pairs = _by_id(memory, account, result) if account else {}
    rest = []
    for entry in entries:
        job = entry.get("trialJobId")
        if job not in pairs:
            rest.append(entry)
        elif pairs[job] and _pair(entry["parameter"], entry["value"]) not in pairs[job]:
            result.wrong += 1
    _by_pair(memory, rest, result, has_account=account is not None)
    return result


def _by_id(memory: Memory, account: Account, result: Reconciliation) -> dict[str, set[str]]:
    """Compare by parameter id; return the true pairs of each job, as far as they are known."""
    history = memory.history
    pairs: dict[str, set[str]] = {}
    seen: Counter[TrialKey] = Counter()
    unsuggested = Counter(
        _pair(params, report)
        for _, params, report in history.reports()
        if history.suggestion_of(params) is None
    )
    for final in account.finals:
        of_job = pairs.setdefault(final.job_id, set())
        params = _proven(memory, account.configurations, final)
        if params is None:
            result.unproven += 1
            continue
        pair, key = _pair(params, final.value), history.suggestion_of(params)
        of_job.add(pair)
        if key is None:
            known = unsuggested[pair] > 0
            unsuggested[pair] -= known
        else:
            seen[key] += 1
            known = seen[key] <= history.n_reports(key)
        if known:
            result.known += 1
        else:
            result.unheard.append(Unheard(key, params, final.value, final.job_id))
    return pairs


def _proven(memory: Memory, configurations: Configurations, final: Metric) -> Params | None:
    """Return the configuration that a result belongs to, None if nothing proves it.

    The database has it, unless NNI was killed just then; only what was put in line in the same run
    counts, since ids repeat. The journal has it, unless it is damaged.
    """
    found = configurations.meant(final.parameter_id, final.time, memory.began(final.time))
    if found is None:
        key = memory.suggestion(_number(final.parameter_id), final.time)
        found = None if key is None else memory.history.params(key)
    return found


def _by_pair(
    memory: Memory,
    entries: Sequence[Mapping[str, Any]],
    result: Reconciliation,
    *,
    has_account: bool,
) -> None:
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
        key, job = memory.history.suggestion_of(entry["parameter"]), entry.get("trialJobId")
        if key is not None and (
            values[loose_text(entry["value"])] or memory.history.n_reports(key)
        ):
            values[loose_text(entry["value"])] -= 1
            result.wrong += 1
        elif job is not None and not has_account:
            result.unproven += 1
        else:
            result.unheard.append(Unheard(key, entry["parameter"], entry["value"], job))


def _number(parameter_id: str | None) -> object:
    try:
        return int(parameter_id or "")
    except ValueError:
        return parameter_id


def _pair(params: Any, value: Any) -> str:
    return loose_text([params, value])
