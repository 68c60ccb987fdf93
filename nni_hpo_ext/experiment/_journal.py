"""The journals that our tuners and assessors write beside NNI's own files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.journal import ASSESSOR_FILE, TUNER_FILE, read_events

__all__ = ["Journal", "read_journal"]


@dataclass(frozen=True, slots=True)
class Journal:
    """What the journals in ``checkpoint/`` tell; all empty for other people's algorithms.

    Attributes
    ----------
    fallbacks
        Errors of the algorithm after which another one answered.
    rejected
        Reported values that the tuner could not use, with the reason.
    stops
        Reason for each trial job that the assessor stopped.
    arms
        Number of suggestions by the component that made them.
    """

    fallbacks: tuple[str, ...]
    rejected: tuple[str, ...]
    stops: dict[str, str]
    arms: dict[str, int]


def read_journal(directory: Path) -> Journal:
    """Read ``checkpoint/journal.jsonl`` and ``assessor.jsonl`` of an experiment."""
    tuner = list(read_events(directory / "checkpoint" / TUNER_FILE))
    assessor = list(read_events(directory / "checkpoint" / ASSESSOR_FILE))
    arms: dict[str, int] = {}
    for line in _of(tuner, "suggest"):
        arm = str(line.get("arm", "?"))
        arms[arm] = arms.get(arm, 0) + 1
    return Journal(
        fallbacks=tuple(str(x.get("error", "")) for x in _of(tuner, "fallback")),
        rejected=tuple(
            str(x.get("reason", "")) for x in _of(tuner, "result") if x.get("status") == "failed"
        ),
        stops={str(x.get("trial")): str(x.get("reason", "")) for x in _of(assessor, "stop")},
        arms=arms,
    )


def _of(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("event") == event]
