"""Show the progress of an experiment until it ends."""

from __future__ import annotations

import time

from rich.console import Console

from nni_hpo_ext.experiment._frame import frame
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._observer import Look, Observer
from nni_hpo_ext.experiment._progress import Progress, describe

__all__ = ["watch"]

# Reading takes at most a quarter of the time.
_READING = 3


def watch(source: str, console: Console, *, once: bool = False, poll: float = 2.0) -> None:
    """Show an experiment until it ends, or until Ctrl-C, which leaves it running.

    Parameters
    ----------
    source
        Id, directory, or address of the WebUI.
    console
        Where to show it: a live view on a terminal, else one line per change.
    once
        Show the current state and return.
    poll
        Seconds between two updates; more if an update takes long.

    Raises
    ------
    ExperimentError, DataError
        If the experiment does not exist or cannot be read.

    Examples
    --------
    >>> watch("http://localhost:8080", Console(), once=True)  # doctest: +SKIP
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
