"""Read the journals of the tuners and assessors of nni_hpo_ext."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni_hpo_ext.journal import ASSESSOR_FILE, RUN_FILE, TUNER_FILE, read_events
from nni_hpo_ext.space import SearchSpace, is_number
from nni_hpo_ext.study._records import Proposal
from nni_hpo_ext.types import Params

__all__ = ["JournalView", "Noted", "journal_view", "read_journal"]


@dataclass(frozen=True, slots=True)
class Noted:
    """A suggestion in the journal.

    Attributes
    ----------
    parameter_id
        NNI's id, which starts again at 0 after a resume.
    key
        Text key of the configuration, unique to it.
    proposal
        The tuner's notes on it.
    """

    parameter_id: str
    key: str
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class JournalView:
    """Contents of the journals in ``checkpoint/``; all empty for other packages' algorithms.

    Attributes
    ----------
    fallbacks
        Errors of the algorithm after which a fallback made the suggestion.
    rejected
        Reported values that the tuner could not use, with the reason.
    stops
        Reason for each trial job that the assessor stopped.
    cuts
        Reason for each trial job that `nni-hpo run` ended.
    arms
        Number of suggestions by the component that made them.
    suggestions
        All suggestions in order, including those that never became a trial.
    substitutes
        Number of suggestions that another component made in place of one that failed.
    paused
        Seconds between stops of the experiment and `nni-hpo run --resume`.
    """

    fallbacks: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    stops: Mapping[str, str] = field(default_factory=dict)
    cuts: Mapping[str, str] = field(default_factory=dict)
    arms: Mapping[str, int] = field(default_factory=dict)
    suggestions: tuple[Noted, ...] = ()
    substitutes: int = 0
    paused: float = 0.0

    def proposals(self) -> Callable[[str | None, Params], Proposal | None]:
        """Return a function that finds the proposal for a parameter id and a configuration.

        The configuration must match, since ids repeat after a resume; the id may be unknown.
        """
        by_id = {(n.parameter_id, n.key): n.proposal for n in self.suggestions}
        by_key = {n.key: n.proposal for n in self.suggestions}

        def find(parameter_id: str | None, params: Params) -> Proposal | None:
            key = SearchSpace.key(params)
            return by_id.get((parameter_id or "", key), by_key.get(key))

        return find


def read_journal(directory: Path) -> JournalView:
    """Read the journals of the tuner, the assessor and `nni-hpo run` in ``checkpoint/``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.journal import Journal
    >>> from nni_hpo_ext.study import read_journal
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "checkpoint").mkdir()
    ...     journal = Journal(Path(folder, "checkpoint", TUNER_FILE))
    ...     journal.write("suggest", id=0, arm="random", params={"lr": 0.1})
    ...     read_journal(Path(folder)).arms
    {'random': 1}
    """
    folder = directory / "checkpoint"
    tuner, assessor, run = (
        list(read_events(folder / name)) for name in (TUNER_FILE, ASSESSOR_FILE, RUN_FILE)
    )
    return journal_view(tuner, assessor, run)


def journal_view(
    tuner: Sequence[Mapping[str, Any]],
    assessor: Sequence[Mapping[str, Any]],
    run: Sequence[Mapping[str, Any]],
) -> JournalView:
    """Return the view of the journals of a tuner, an assessor and `nni-hpo run`."""
    suggestions = tuple(_suggestions(tuner))
    return JournalView(
        fallbacks=tuple(str(x.get("error", "")) for x in _of(tuner, "fallback")),
        rejected=tuple(str(x.get("reason", "")) for x in tuner if _is_rejected(x)),
        stops={str(x.get("trial")): str(x.get("reason", "")) for x in _of(assessor, "stop")},
        cuts={str(x.get("trial")): str(x.get("reason", "")) for x in _of(run, "cut")},
        arms=dict(Counter(noted.proposal.arm for noted in suggestions)),
        suggestions=suggestions,
        # Several components may fail before one makes the suggestion.
        substitutes=len({(x.get("run"), str(x.get("id"))) for x in _of(tuner, "fallback")}),
        paused=sum(_number(x.get("paused")) or 0.0 for x in _of(run, "resume")),
    )


def _suggestions(events: Iterable[Mapping[str, Any]]) -> Iterator[Noted]:
    faults: dict[str, list[str]] = defaultdict(list)  # written before the suggestion
    for line in events:
        parameter_id = str(line.get("id"))
        if line.get("event") == "fallback":
            faults[parameter_id].append(str(line.get("error", "")))
        elif line.get("event") == "suggest":
            proposal = Proposal(
                arm=str(line.get("arm", "?")),
                probability=_number(line.get("probability")),
                reason=str(line.get("reason", "")),
                seconds=_number(line.get("seconds")),
                faults=tuple(faults.pop(parameter_id, ())),
            )
            yield Noted(parameter_id, SearchSpace.key(line.get("params") or {}), proposal)


def _number(value: Any) -> float | None:
    return float(value) if is_number(value) else None


def _is_rejected(line: Mapping[str, Any]) -> bool:
    """Return whether the line is about a value that the tuner could not use."""
    failed = line.get("event") == "result" and line.get("status") == "failed"
    return failed or bool(line.get("outside")) or line.get("event") == "rejected"


def _of(lines: Iterable[Mapping[str, Any]], event: str) -> list[Mapping[str, Any]]:
    return [line for line in lines if line.get("event") == event]
