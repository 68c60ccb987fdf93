"""Follow a started experiment to its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._launch import Manager
from nni_hpo_ext.experiment._progress import Progress, describe
from nni_hpo_ext.experiment._verdict import Kind, Observation, Outcome, Watch
from nni_hpo_ext.study import read_trials, tuner_error

__all__ = ["follow"]


def follow(
    manager: Manager,
    config: Mapping[str, Any],
    progress: Progress,
    interrupts: Interrupts,
    poll: float,
    timeout: float | None,
) -> Outcome:
    """Show the progress of an experiment until it is over.

    Parameters
    ----------
    manager
        The running manager.
    config
        The experiment's config, for its budget and objectives.
    progress
        Where to show.
    interrupts
        Signals that end the run.
    poll
        Seconds between two looks.
    timeout
        Seconds after which the run ends, None for no limit.
    """
    watch, started, told = Watch(), time.monotonic(), False
    while not interrupts.asked:
        elapsed = time.monotonic() - started
        joined = read_trials(manager.directory, curves=False)
        trials = joined.trials
        progress.show(describe(config, trials, joined.objectives, elapsed), elapsed)
        now = _observe(manager, sum(not t.end.over for t in trials))
        outcome = watch.judge(now)
        if outcome is not None:
            return outcome
        if now.broken and now.active and not told:
            progress.note(
                f"The tuner or assessor crashed; waiting for {now.active} running trials."
            )
            told = True
        if timeout is not None and elapsed > timeout:
            return Outcome(Kind.TIMEOUT, f"ended after --timeout {timeout:g} s")
        interrupts.wait(poll)
    return Outcome(Kind.INTERRUPTED, "interrupted")


def _observe(manager: Manager, active: int) -> Observation:
    status = manager.rest.status()
    # Last: a manager that ends while we look must not pass for one whose tuner crashed.
    dispatcher = manager.family.dispatcher_alive()
    return Observation(
        time=time.monotonic(),
        exit_code=manager.process.poll(),
        status=status,
        dispatcher=dispatcher,
        crashed=bool(tuner_error(manager.directory)),
        active=active,
    )
