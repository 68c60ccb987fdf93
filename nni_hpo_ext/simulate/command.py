"""Run a simulation from the command line: progress, trace, tables, figure."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.registry import class_named
from nni_hpo_ext.render import text
from nni_hpo_ext.simulate._compare import show_comparison
from nni_hpo_ext.simulate._options import Options
from nni_hpo_ext.simulate._plot import can_plot, plot_regret, require_plotly
from nni_hpo_ext.simulate._run import simulate
from nni_hpo_ext.simulate._show import show_runs
from nni_hpo_ext.trace import Run, trace_lines

__all__ = ["Output", "entries", "run"]

_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go, in addition to the terminal.

    Attributes
    ----------
    trace
        Trace file.
    plot
        Figure file. If None and several tuners are compared, the figure goes next to the trace.
    level
        Log level.
    """

    trace: Path | None = None
    plot: Path | None = None
    level: str = "error"


def entries(mode: str, spec: str, tuner: str, compare: str) -> tuple[str, ...]:
    """Return the tuners named by the options, by default ``DIV``.

    Raises
    ------
    ConfigError
        If the options contradict each other.
    """
    if sum(map(bool, (mode or spec, tuner, compare))) > 1:
        raise ConfigError("-m (with -s), --tuner and --compare exclude each other: use one")
    if compare:
        return tuple(entry.strip() for entry in compare.split(",") if entry.strip())
    if tuner and "." not in tuner and class_named(tuner) is None:
        raise ConfigError(
            f"--tuner must be a name such as Dragonfly or package.module.Class, got {tuner!r}; "
            "for a mode use -m"
        )
    if tuner:
        return (tuner,)
    return (f"{mode or 'DIV'}:{spec}" if spec else mode or "DIV",)


def run(options: Options, output: Output) -> None:
    """Run a simulation, and print and write its results.

    Raises
    ------
    HpoExtError
        If an option is invalid, or a tuner or assessor fails.
    """
    _set_level(one_of("-l", output.level.lower(), _LEVELS))
    if output.plot is not None:
        require_plotly()
    # The output is data: "[x]" in it is not markup, and numbers need no colours.
    console = Console(markup=False, highlight=False)
    by_tuner: dict[str, list[Run]] = {}
    with ExitStack() as stack:
        trace = stack.enter_context(_opened(output.trace)) if output.trace else None
        for done in _followed(options):
            by_tuner.setdefault(done.header.tuner, []).append(done)
            if trace is not None:
                trace.writelines(trace_lines(done))
    if len(by_tuner) > 1:
        show_comparison(by_tuner, console)
    else:
        show_runs(next(iter(by_tuner.values())), console)
    _write_figure(by_tuner, output, console)


def _set_level(level: str) -> None:
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    for name in ("", "nni"):  # NNI's logger does not inherit the root level
        logging.getLogger(name).setLevel(level.upper())


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigError(f"cannot write --out {path}: {error.strerror}") from error


def _followed(options: Options) -> Iterator[Run]:
    """Yield the optimisations, with a progress bar on a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        total = len(options.tuners) * options.protocol.repeats
        task = progress.add_task("starting", total=total)

        def on_trial(trials: int, seconds: float) -> None:
            progress.update(task, description=f"{trials} trials, {text.compact_time(seconds)}")

        for done in simulate(options, on_trial):
            progress.update(task, advance=1, description=done.header.tuner)
            yield done


def _write_figure(by_tuner: dict[str, list[Run]], output: Output, console: Console) -> None:
    path = output.plot
    if path is None and output.trace is not None and len(by_tuner) > 1:
        path = output.trace.with_suffix(".html")
        if not can_plot():
            console.print("No figure: requires plotly, pip install 'nni-hpo-ext[report]'")
            return
    if path is not None:
        plot_regret(by_tuner, path)
        console.print(f"Figure: {path}", soft_wrap=True)
