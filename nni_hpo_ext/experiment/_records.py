"""What is known of one trial of an experiment, as plain frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nni_hpo_ext.types import Objective

__all__ = ["End", "TrialRecord"]


class End(Enum):
    """How a trial ended; NNI's own words do not tell an early stop from a kill."""

    SUCCEEDED = "succeeded"
    STOPPED = "stopped early"
    FAILED = "failed"
    CANCELED = "canceled"  # by a user, in the WebUI or with nnictl
    RUNNING = "running"
    WAITING = "waiting"

    @property
    def over(self) -> bool:
        """Whether the trial will not change any more."""
        return self not in (End.RUNNING, End.WAITING)


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial, its parameters and metrics joined on NNI's parameter id.

    Attributes
    ----------
    number
        NNI's sequence number, from 0.
    job_id
        NNI's trial job id.
    end
        How it ended.
    reason
        Why it did not succeed, in one line; empty otherwise.
    params
        The configuration that the trial really received; None if it never asked for one.
    values
        Finite numbers of its last final result, by name.
    unusable
        What else that result held, by name, as text.
    maximize
        Keys that the result itself names as to be maximised (the older form); None without.
    curve
        Intermediate results as (step, value); the value is ``default`` of a dict, NaN if it
        was no number.
    started, ended
        Seconds since the epoch.
    """

    number: int
    job_id: str
    end: End
    reason: str = ""
    params: Mapping[str, Any] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    maximize: tuple[str, ...] | None = None
    curve: tuple[tuple[int, float], ...] = ()
    started: float | None = None
    ended: float | None = None

    @property
    def seconds(self) -> float | None:
        """Time from start to end, None while it runs."""
        if self.started is None or self.ended is None:
            return None
        return self.ended - self.started

    def problem(self, objectives: Iterable[Objective]) -> str:
        """Return why the final result is no usable one, empty if it is."""
        bad = [o.name for o in objectives if o.name not in self.values]
        return "; ".join(
            f"final result: {name!r} is {self.unusable[name]}, no finite number"
            if name in self.unusable
            else f"final result without {name!r}"
            for name in bad
        )
