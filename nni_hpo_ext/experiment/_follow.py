"""Follow a running experiment until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from nni_hpo_ext.experiment._deadline import Deadline
from nni_hpo_ext.experiment._failures import Failures
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._launch import Manager
from nni_hpo_ext.experiment._progress import Progress, describe
from nni_hpo_ext.experiment._stall import Stall
from nni_hpo_ext.experiment._verdict import Kind, Observation, Outcome, Watch
from nni_hpo_ext.experiment._workers import Workers
from nni_hpo_ext.files import existing_text
from nni_hpo_ext.journal import RUN_FILE, Journal
from nni_hpo_ext.render.text import count, value
from nni_hpo_ext.study import (
    ExperimentStore,
    ManagerStatus,
    TrialRecord,
    best,
    read_trials,
    seconds_of,
    tuner_error,
)
from nni_hpo_ext.types import Objective

__all__ = ["Limits", "follow"]

# The manager's log goes on after a resume, and tells of earlier ends.
_RESUMED = "Resuming experiment:"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that end a run before its experiment is done.

    Attributes
    ----------
    timeout
        Seconds after which it ends, None for no limit.
    stall
        Seconds without a suggestion after which it ends, None for no limit.
    failures
        It ends after this many trials with the same error before any success; 0 for no limit.
    goal
        It ends as soon as a trial succeeds with this value of the first objective or a better one;
        trials that still run are stopped. None for no goal.
    """

    timeout: float | None = None
    stall: float | None = None
    failures: int = 3
    goal: float | None = None


def follow(
    manager: Manager,
    config: Mapping[str, Any],
    workers: Workers,
    progress: Progress,
    interrupts: Interrupts,
    poll: float,
    limits: Limits,
) -> Outcome:
    """Show the progress of an experiment until it is over.

    Parameters
    ----------
    manager
        The running manager.
    config
        The experiment's config, for its budget and objectives.
    workers
        Its remote machines.
    progress
        Where to show the progress.
    interrupts
        Signals that end the run.
    poll
        Seconds between two updates.
    limits
        Limits that end the run early.
    """
    started = time.monotonic() - manager.spent
    judge = _Judge(manager, config, limits, progress.note)
    while not interrupts.asked:
        elapsed = time.monotonic() - started
        joined = read_trials(manager.directory, curves=False)
        if workers.fetch(joined.trials):  # the reasons of failures are known now
            joined = read_trials(manager.directory, curves=False)
        config = ExperimentStore(manager.directory).config() or config  # users change the limits
        state = describe(config, joined.trials, joined.objectives, elapsed)
        progress.show(state, elapsed)
        outcome = (
            judge.judge(joined.trials, elapsed, config)
            or workers.judge(progress.note)
            or _reached(limits.goal, joined.trials, joined.objectives)
        )
        if outcome is not None:
            return outcome
        interrupts.wait(poll)
    return Outcome(Kind.INTERRUPTED, "interrupted")


def _reached(
    goal: float | None, trials: Sequence[TrialRecord], objectives: Sequence[Objective]
) -> Outcome | None:
    """Return the outcome if the best trial reaches the goal."""
    top = best(trials, objectives) if goal is not None and objectives else None
    if top is None or goal is None:
        return None
    first = objectives[0]
    if first.sign * top.values[first.name] > first.sign * goal:
        return None
    reached = f"{first.name} {value(top.values[first.name])}"
    return Outcome(Kind.GOAL, f"trial {top.number} reached the goal with {reached}")


class _Judge:
    """Checks all conditions that end a run, in order."""

    def __init__(
        self,
        manager: Manager,
        config: Mapping[str, Any],
        limits: Limits,
        note: Callable[[str], None],
    ) -> None:
        self._manager = manager
        self._timeout = limits.timeout
        self._note = note
        self._watch = Watch()
        self._failures = Failures(limits.failures, note)
        self._stall = Stall(config, limits.stall, note)
        self._deadline = Deadline(
            seconds_of(config.get("maxExperimentDuration")),
            manager.rest,
            Journal(manager.directory / "checkpoint" / RUN_FILE),
            note,
        )
        self._crash_reported = False

    def judge(
        self, trials: Sequence[TrialRecord], elapsed: float, config: Mapping[str, Any]
    ) -> Outcome | None:
        """Return why the run ends, None while it continues."""
        self._deadline.limit = seconds_of(config.get("maxExperimentDuration"))
        # `_observe` polls the manager's exit code after these: otherwise a manager that ends in
        # between looks like a crashed tuner.
        status, dispatcher = self._manager.rest.status(), self._manager.family.dispatcher()
        now = _observe(self._manager, trials, status, dispatcher)
        outcome = self._watch.judge(now) or self._failures.judge(trials)
        if outcome is None and now.broken and now.active:
            self._report_crash(now.active)
        elif outcome is None and status is not None and status.status == "RUNNING":
            outcome = self._stall.judge(trials, now.time, dispatcher)
        outcome = outcome or self._deadline.judge(trials, elapsed)
        if outcome is None and self._timeout is not None and elapsed > self._timeout:
            return Outcome(Kind.TIMEOUT, f"ended after --timeout {self._timeout:g} s")
        return outcome

    def _report_crash(self, active: int) -> None:
        if not self._crash_reported:
            self._note(
                f"The tuner or assessor crashed; waiting for {count(active, 'running trial')}."
            )
            self._crash_reported = True


def _observe(
    manager: Manager,
    trials: Sequence[TrialRecord],
    status: ManagerStatus | None,
    dispatcher: psutil.Process | None,
) -> Observation:
    # A manager that stops no longer answers.
    log = "" if status else existing_text(manager.directory / "log" / "nnimanager.log")
    return Observation(
        time=time.monotonic(),
        exit_code=manager.process.poll(),
        status=status,
        dispatcher=dispatcher is not None,
        crashed=bool(tuner_error(manager.directory)),
        active=sum(not t.end.over for t in trials),
        stopped="from: RUNNING to: STOPPING" in log.rpartition(_RESUMED)[2],
    )
