"""What is known of one trial of an experiment, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["End", "Proposal", "Report", "TrialRecord"]


class End(Enum):
    """How a trial ended; NNI's own words do not tell an early stop from a kill."""

    SUCCEEDED = "succeeded"
    STOPPED = "stopped early"
    FAILED = "failed"
    CANCELED = "canceled"  # by a user, in the WebUI or with nnictl
    INTERRUPTED = "interrupted"  # the manager ended before it; `nnictl resume` runs it again
    RUNNING = "running"
    WAITING = "waiting"

    @property
    def over(self) -> bool:
        """Whether the trial will not change any more."""
        return self not in (End.RUNNING, End.WAITING)


@dataclass(frozen=True, slots=True)
class Report:
    """One intermediate result.

    Attributes
    ----------
    step
        NNI's sequence number in an experiment, from 0; the epoch in a simulation.
    time
        On the clock of the trial's start and end.
    value
        The first objective's; NaN if there is none.
    values
        Every finite number in it, by name; a plain number has the name of the only objective, or
        ``default``.
    """

    step: int
    time: float
    value: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What our tuner noted of the suggestion that became a trial.

    Attributes
    ----------
    arm, probability, reason
        Which component proposed it, with which probability that one was chosen, and why; None
        where nothing was noted.
    seconds
        Time that the suggestion took, None where it was not measured.
    faults
        What failed before this component answered.
    """

    arm: str
    probability: float | None = None
    reason: str = ""
    seconds: float | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial, its parameters and metrics joined on NNI's parameter id.

    Attributes
    ----------
    number
        NNI's sequence number, from 0; in a simulation the order of the suggestions.
    job_id
        NNI's trial job id; empty in a simulation.
    end
        How it ended.
    reason
        Why it did not succeed, or what its final result lacks, in one line; empty otherwise.
    params
        The configuration that the trial really received; None if it never asked for one.
    values
        Finite numbers of its last final result, by name; see `metrics.FinalReading`.
    unusable
        What else that result held, by name, as text.
    reports
        Intermediate results by step.
    started, ended
        Seconds since the epoch; in a simulation since its start, on the virtual clock.
    parameter_id
        NNI's id of its configuration, None if that is not known.
    proposal
        What our tuner noted of it, None without.
    """

    number: int
    job_id: str
    end: End
    reason: str = ""
    params: Mapping[str, Any] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[Report, ...] = ()
    started: float | None = None
    ended: float | None = None
    parameter_id: str | None = None
    proposal: Proposal | None = None

    @property
    def curve(self) -> tuple[tuple[int, float], ...]:
        """Intermediate results as (step, value)."""
        return tuple((r.step, r.value) for r in self.reports)

    @property
    def seconds(self) -> float | None:
        """Time from start to end, None while it runs."""
        if self.started is None or self.ended is None:
            return None
        return self.ended - self.started
