"""When an experiment is over, including the ends that NNI itself never notices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nni_hpo_ext.study import ManagerStatus

__all__ = ["Kind", "Observation", "Outcome", "Watch"]

# NNI moves a suggestion to a trial within 0.5 s; an idle moment that lasts longer is an end.
_IDLE_SECONDS = 3.0
# A manager that answers nothing for so long hangs, busy as the machine may be.
_SILENT_SECONDS = 120.0


class Kind(Enum):
    """The ways in which a run ends."""

    DONE = "done"
    EXHAUSTED = "search space used up"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    TIMEOUT = "time limit reached"
    DEADLINE = "maxExperimentDuration reached"
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
        The manager's exit code, None while it lives.
    status
        Its answer, None if it gave none.
    dispatcher
        Whether the tuner's process lives.
    crashed
        Whether the tuner's log holds an error that ended a thread of it; the process lives on.
    active
        Number of trials that run or wait.
    """

    time: float
    exit_code: int | None
    status: ManagerStatus | None
    dispatcher: bool
    crashed: bool
    active: int

    @property
    def broken(self) -> bool:
        """Whether no more suggestions can come."""
        return self.crashed or not self.dispatcher


class Watch:
    """Decides, observation by observation, whether the experiment is over."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def judge(self, now: Observation) -> Outcome | None:
        """Return the end, None while there is still something to wait for."""
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
            said = "; ".join(status.errors) or "no reason given"
            return Outcome(Kind.FAILED, f"NNI reports an error: {said}")
        if status.status in ("STOPPING", "STOPPED"):
            return Outcome(Kind.FAILED, "the experiment was stopped from outside (nnictl stop?)")
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
        """Whether a condition has held without a break for so long."""
        if not holds:
            self._since.pop(name, None)
            return False
        return now - self._since.setdefault(name, now) >= seconds
