"""Define the records of a trial: end, reports, proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["End", "Proposal", "Report", "TrialRecord"]


class End(Enum):
    """How a trial ended. NNI's own states do not distinguish an early stop from a kill."""

    SUCCEEDED = "succeeded"
    STOPPED = "stopped early"
    FAILED = "failed"
    CANCELED = "canceled"  # by a user, in the WebUI or with nnictl
    INTERRUPTED = "interrupted"  # the manager stopped first; `nnictl resume` runs it again
    RUNNING = "running"
    WAITING = "waiting"

    @property
    def over(self) -> bool:
        """Whether the trial has ended."""
        return self not in (End.RUNNING, End.WAITING)


@dataclass(frozen=True, slots=True)
class Report:
    """One intermediate result.

    Attributes
    ----------
    step
        NNI's sequence number in an experiment, from 0; the epoch in a simulation.
    time
        Time on the clock of the trial's start and end, in seconds.
    value
        Value of the first objective; NaN if there is none.
    values
        All finite numbers, by name; a plain number has the name of the only objective, or
        ``default``.
    """

    step: int
    time: float
    value: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The tuner's notes on the suggestion that became a trial.

    Attributes
    ----------
    arm, probability, reason
        The component that made the suggestion, the probability of its selection (None if not
        known), and the reason.
    seconds
        Time that the suggestion took, None if not measured.
    faults
        Errors of the components that failed before this one.
    """

    arm: str
    probability: float | None = None
    reason: str = ""
    seconds: float | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial, with parameters and metrics joined on NNI's parameter id.

    Attributes
    ----------
    number
        NNI's sequence number, from 0; in a simulation the order of the suggestions.
    job_id
        NNI's trial job id; empty in a simulation.
    end
        How it ended.
    reason
        One line on why it did not succeed or what its final result lacks; empty otherwise.
    params
        The configuration that the trial received; None if it never asked for one.
    values
        Finite numbers of its last final result, by name; see `metrics.FinalReading`.
    unusable
        All other entries of that result, by name, as text.
    reports
        Intermediate results by step.
    started, ended
        Seconds since the epoch; in a simulation, virtual seconds since its start.
    parameter_id
        NNI's id of its configuration, None if not known.
    proposal
        The tuner's notes on it, None if there are none.
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
