"""`nni-hpo watch`: show how an experiment goes until it ends."""

from __future__ import annotations

import time

from rich.console import Console

from nni_hpo_ext.experiment._frame import frame
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._observer import Look, Observer
from nni_hpo_ext.experiment._progress import Progress, describe

__all__ = ["watch"]

# Of the time at most a quarter goes into reading.
_READING = 3


def watch(source: str, console: Console, *, once: bool = False, poll: float = 2.0) -> None:
    """Show an experiment until it ends, or until Ctrl-C, which leaves it running.

    Parameters
    ----------
    source
        Id, directory, or address of the WebUI.
    console
        Where to show it: a live view on a terminal, else one line a change.
    once
        Show it once.
    poll
        Seconds between two looks; more where a look takes long.

    Raises
    ------
    ExperimentError, DataError
        If there is no such experiment, or it cannot be read.
    """
    observer = Observer(source)
    look = observer.look()
    if not once and not look.end:
        look = _follow(observer, console, poll)
    console.print(frame(look))


def _follow(observer: Observer, console: Console, poll: float) -> Look:
    with Interrupts() as interrupts, Progress(console) as progress:
        while True:
            began = time.monotonic()
            look = observer.look()
            study = look.study
            line = describe(study.config, study.trials, study.objectives, look.elapsed)
            progress.show(line, look.elapsed, frame(look))
            pause = max(poll, _READING * (time.monotonic() - began))
            if look.end or interrupts.wait(pause):
                return look
