"""Show the progress of an experiment until it ends."""

from __future__ import annotations

import time

from rich.console import Console, Group, RenderableType
from rich.text import Text

from nni_hpo_ext.experiment._commands import Commands
from nni_hpo_ext.experiment._frame import frame
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._keys import Keys
from nni_hpo_ext.experiment._observer import Look, Observer
from nni_hpo_ext.experiment._progress import Progress, describe
from nni_hpo_ext.experiment._usage import usage
from nni_hpo_ext.render.text import printable

__all__ = ["watch"]

# Reading takes at most a quarter of the time.
_READING = 3


def watch(source: str, console: Console, *, once: bool = False, poll: float = 2.0) -> None:
    """Show an experiment until it ends, or until Ctrl-C or the key q, which leave it running.

    On a terminal, keys stop a trial or the experiment.

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
    with Interrupts() as interrupts, Keys(interrupts) as keys, Progress(console) as progress:
        commands = Commands()
        if keys.available:
            commands.press("", observer.look().study, None)  # shows the keys
        while True:
            began = time.monotonic()
            look = observer.look()
            end = time.monotonic() + max(poll, _READING * (time.monotonic() - began))
            busy = usage() if look.study.directory is not None else ""
            while True:
                _show(progress, look, busy, commands.line)
                key = keys.wait(end - time.monotonic())
                if not key:
                    break
                commands.press(key, look.study, observer.store)
                if commands.is_over:
                    return look
            if look.end or interrupts.asked:
                return look


def _show(progress: Progress, look: Look, busy: str, question: str) -> None:
    study = look.study
    line = describe(study.config, study.trials, study.objectives, look.elapsed)
    parts: list[RenderableType] = [frame(look)]
    if busy:
        parts.append(Text(f"Machine  {busy}"))
    if question:
        parts.append(Text(printable(question), style="bold"))
    progress.show(line, look.elapsed, Group(*parts))
