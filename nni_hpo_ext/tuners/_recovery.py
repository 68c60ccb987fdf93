"""Restore a tuner after a resume: from its journal, checked against NNI's results."""

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

__all__ = ["Account", "MissingResult", "Reconciliation", "compare", "nni_account", "recall"]


def recall(journal: Journal, memory: Memory) -> tuple[int, int]:
    """Apply the events of a journal; return the numbers of lines and of unusable lines."""
    lines = unusable = 0
    for event in _events(journal):
        lines += 1
        try:
            memory.apply(event or {"event": "start"})  # a torn line is None: malformed
        except Exception:  # a damaged line may raise anything
            unusable += 1
    return lines, unusable


def _events(journal: Journal) -> Iterator[dict[str, Any] | None]:
    try:
        yield from journal.events()
    except OSError:  # the rest cannot be read
        yield None


@dataclass(frozen=True, slots=True)
class Account:
    """The results in NNI's database.

    Attributes
    ----------
    finals
        The final results, each with the true id of the trial's configuration.
    configurations
        The configurations by id.
    """

    finals: Sequence[Metric]
    configurations: Configurations


def nni_account(journal: Journal) -> Account | None:
    """Read NNI's database next to a journal; return None if it cannot be read."""
    if journal.path is None:
        return None
    try:
        database = Database(journal.path.parent.parent)
        return Account(database.metrics(final_only=True), database.configurations())
    except HpoExtError:
        return None


@dataclass(frozen=True, slots=True)
class MissingResult:
    """A result that the journal lacks; ``key`` is None if the tuner did not suggest the trial.

    It arrived while no tuner was running, or its lines in the journal are lost.
    """

    key: TrialKey | None
    params: Params
    report: Any
    job: str | None


@dataclass(slots=True)
class Reconciliation:
    """Differences between NNI's results and the journal.

    Attributes
    ----------
    missing
        Results that the journal lacks.
    known
        Number of results in both.
    wrong
        Number of results that NNI imports with the parameters of another trial.
    unproven
        Number of results whose configuration is unknown.
    """

    missing: list[MissingResult] = field(default_factory=list)
    known: int = 0
    wrong: int = 0
    unproven: int = 0


def compare(
    memory: Memory, entries: Sequence[Mapping[str, Any]], account: Account | None
) -> Reconciliation:
    """Compare the journal with NNI's results.

    A result belongs to the configuration of its parameter id in NNI's database, or in the journal
    if the database lacks it. The pairs that NNI imports are unreliable, except those of users.

    Parameters
    ----------
    memory
        The state restored from the journal.
    entries
        ``{"parameter", "value"}`` as NNI imports them after a resume, with ``"trialJobId"`` for
        the trials of this experiment.
    account
        The result of `nni_account`; without it, results of this experiment that the journal lacks
        are unproven.
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
    """Compare by parameter id; return the known true pairs of each job."""
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
            result.missing.append(MissingResult(key, params, final.value, final.job_id))
    return pairs


def _proven(memory: Memory, configurations: Configurations, final: Metric) -> Params | None:
    """Return the configuration that a result belongs to, None if it is unknown.

    The database holds it unless NNI was killed at that moment; only configurations queued in the
    same run count, since ids repeat. The journal holds it unless it is damaged.
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
    """Compare by parameters and value only."""
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
            result.missing.append(MissingResult(key, entry["parameter"], entry["value"], job))


def _number(parameter_id: str | None) -> object:
    try:
        return int(parameter_id or "")
    except ValueError:
        return parameter_id


def _pair(params: Any, value: Any) -> str:
    return loose_text([params, value])
