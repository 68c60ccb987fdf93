"""Decide when an experiment is over, including ends that NNI does not detect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nni_hpo_ext.study import ManagerStatus

__all__ = ["Kind", "Observation", "Outcome", "Watch"]

# NNI passes a suggestion to a trial within 0.5 s; a longer idle period is an end.
_IDLE_SECONDS = 3.0
# A manager that is silent for this long hangs, even on a busy machine.
_SILENT_SECONDS = 120.0
_STOPPED = "the experiment was stopped from outside (nnictl stop, or a key of nni-hpo watch?)"


class Kind(Enum):
    """The ways in which a run ends."""

    DONE = "done"
    EXHAUSTED = "search space used up"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    TIMEOUT = "time limit reached"
    DEADLINE = "maxExperimentDuration reached"
    GOAL = "goal reached"
    STALLED = "no suggestions"
    FAILING = "all trials failed alike"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How and why a run ended."""

    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class Observation:
    """The state of an experiment at one moment.

    Attributes
    ----------
    time
        Seconds of a monotonic clock.
    exit_code
        The manager's exit code, None while it runs.
    status
        Its answer, None if it does not answer.
    dispatcher
        Whether the tuner's process runs.
    crashed
        Whether the tuner's log shows an error that ended a thread; the process may run on.
    active
        Number of running and waiting trials.
    stopped
        Whether the manager's log says that a running experiment was stopped; a manager that is
        asked to stop no longer answers.
    """

    time: float
    exit_code: int | None
    status: ManagerStatus | None
    dispatcher: bool
    crashed: bool
    active: int
    stopped: bool = False

    @property
    def broken(self) -> bool:
        """Whether no more suggestions can come."""
        return self.crashed or not self.dispatcher


class Watch:
    """Decides, observation by observation, whether the experiment is over."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def judge(self, now: Observation) -> Outcome | None:
        """Return the outcome, None while the experiment continues."""
        if now.stopped:
            return Outcome(Kind.FAILED, _STOPPED)
        if now.exit_code is not None:
            return Outcome(
                Kind.FAILED, f"the NNI manager ended unexpectedly (exit code {now.exit_code})"
            )
        if now.status is None:
            silent = self._lasts("silent", True, now.time, _SILENT_SECONDS)
            return Outcome(Kind.FAILED, "the NNI manager does not answer") if silent else None
        self._lasts("silent", False, now.time, _SILENT_SECONDS)
        return self._by_status(now, now.status)

    def _by_status(self, now: Observation, status: ManagerStatus) -> Outcome | None:
        if status.status == "ERROR":
            reason = "; ".join(status.errors) or "no reason given"
            return Outcome(Kind.FAILED, f"NNI reports an error: {reason}")
        if status.status in ("STOPPING", "STOPPED"):
            return Outcome(Kind.FAILED, _STOPPED)
        if status.status == "DONE":
            if not now.broken:
                return Outcome(Kind.DONE, "all trials are done")
            return Outcome(Kind.FAILED, "all trials are done, but the tuner or assessor crashed")
        return self._by_idleness(now, status)

    def _by_idleness(self, now: Observation, status: ManagerStatus) -> Outcome | None:
        idle = now.active == 0 and status.status != "INITIALIZED"
        finished = idle and not now.broken and status.status == "TUNER_NO_MORE_TRIAL"
        if self._lasts("finished", finished, now.time, _IDLE_SECONDS):
            return Outcome(Kind.EXHAUSTED, "the tuner has no more configurations to try")
        if self._lasts("broken", idle and now.broken, now.time, _IDLE_SECONDS):
            return Outcome(Kind.FAILED, "the tuner or assessor crashed")
        return None

    def _lasts(self, name: str, holds: bool, now: float, seconds: float) -> bool:
        """Whether a condition has held for this many seconds without interruption."""
        if not holds:
            self._since.pop(name, None)
            return False
        return now - self._since.setdefault(name, now) >= seconds
