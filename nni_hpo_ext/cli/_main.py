"""The command `nni-hpo`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from nni_hpo_ext import __version__
from nni_hpo_ext.cli._conformance import conformance
from nni_hpo_ext.cli._journal import journal
from nni_hpo_ext.cli._report import report
from nni_hpo_ext.cli._simulate import simulate
from nni_hpo_ext.cli._study import compare, export, watch
from nni_hpo_ext.errors import HpoExtError

__all__ = ["app", "main"]

app = typer.Typer(
    name="nni-hpo",
    help="Check, run and understand NNI experiments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, metavar="CONFIG", help="NNI config (YAML).")
]


def _console(*, stderr: bool = False) -> Console:
    # What is printed is data: "[x]" in it is no markup, and numbers need no colours.
    return Console(stderr=stderr, markup=False, highlight=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nni-hpo {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Check, run and understand NNI experiments."""


@app.command()
def check(
    configs: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, metavar="CONFIG...", help="NNI configs."),
    ],
) -> None:
    """Say what would go wrong with an experiment, without starting anything.

    One line a finding; exit code 1 if there is any.
    """
    from nni_hpo_ext.check import check_config, summarise

    total = 0
    for path in configs:
        findings = check_config(path)
        total += len(findings)
        lines = [str(f) for f in findings] or [f"{path}: no problem found", *summarise(path)]
        typer.echo("\n".join(lines))
    if total:
        raise typer.Exit(1)


@app.command()
def run(
    config: ConfigFile,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="WebUI port; a free one by default.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address the WebUI listens on. It asks for no password, so by default it is "
            "127.0.0.1 for local experiments."
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the result as JSON.")
    ] = None,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 2.0,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="End after so many seconds.")
    ] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Start without checking.")] = False,
) -> None:
    """Run an experiment to its end and print the result; nothing stays running.

    Exit code 0 if it ended with a usable result, 1 if it failed (the cause is printed),
    130 after Ctrl-C.
    """
    from nni_hpo_ext import registry
    from nni_hpo_ext.check import check_config
    from nni_hpo_ext.experiment import RunOptions
    from nni_hpo_ext.experiment import run as run_experiment

    registry.register()
    findings = [] if no_check else check_config(config)
    if findings:
        for finding in findings:
            typer.echo(str(finding), err=True)
        raise typer.Exit(1)
    options = RunOptions(port=port, host=host, json=json, poll=poll, timeout=timeout)
    raise typer.Exit(run_experiment(config, options, _console(), _console(stderr=True)))


def _values(text: str | None, read: Callable[[str], object]) -> list[object] | None:
    """Read a comma-separated list of values to sweep over."""
    if text is None:
        return None
    try:
        return [read(part.strip()) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of numbers such as 0,2,5") from None


def _wholes(text: str | None) -> list[object] | None:
    return _values(text, int)


def _numbers(text: str | None) -> list[object] | None:
    return _values(text, float)


def _sweep(help: str, read: Callable[[str | None], list[object] | None]) -> Any:
    return typer.Option(metavar="A,B,...", help=help, callback=read)


@app.command()
def audit(
    source: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="Id or directory of an experiment, or a table of curves (.npz, .csv, .json).",
        ),
    ],
    rule: Annotated[
        str, typer.Option(metavar="A,B,...", help="consensus, median, compound, medianstop (NNI's)")
    ] = "consensus,median,compound,medianstop",
    start_step: Annotated[str | None, _sweep("Epochs before a stop.", _wholes)] = None,
    min_completed: Annotated[str | None, _sweep("Completed trials needed.", _wholes)] = None,
    interval: Annotated[str | None, _sweep("Epochs between checks.", _wholes)] = None,
    keep_best: Annotated[str | None, _sweep("So many best ones go on.", _wholes)] = None,
    caution: Annotated[str | None, _sweep("Of consensus: 1 by default.", _numbers)] = None,
    max_stopped_fraction: Annotated[str | None, _sweep("Share to stop at most.", _numbers)] = None,
    max_epochs: Annotated[str | None, _sweep("Of compound: a full run.", _wholes)] = None,
    beta: Annotated[str | None, _sweep("Of compound: share of trials.", _numbers)] = None,
    objective: Annotated[
        str | None, typer.Option(metavar="NAME", help="Reported value to compare.")
    ] = None,
    optimize_mode: Annotated[
        Literal["maximize", "minimize"] | None, typer.Option(help="Which values are good.")
    ] = None,
    array: Annotated[
        str | None, typer.Option(metavar="NAME", help="Array in an .npz file with several.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Trials at a time, for a table.")] = 4,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.html", dir_okay=False, help="Draw the curves.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write it as JSON.")
    ] = None,
) -> None:
    """Say what early-stopping rules would have done to an experiment that has run.

    Its trials are replayed in the order and with the overlap they had. Rules and their arguments
    may be lists: every combination is tried.
    """
    import nni_hpo_ext.audit as audits
    from nni_hpo_ext.experiment import write_json

    given = {
        "start_step": start_step,
        "min_completed": min_completed,
        "interval": interval,
        "keep_best": keep_best,
        "caution": caution,
        "max_stopped_fraction": max_stopped_fraction,
        "max_epochs": max_epochs,
        "beta": beta,
    }
    options: dict[str, Any] = {name: values for name, values in given.items() if values is not None}
    settings = audits.sweep([r.strip() for r in rule.split(",")], options)
    recording = audits.load(
        source, direction=optimize_mode, objective=objective, array=array, workers=workers
    )
    verdicts = [audits.audit(recording, setting) for setting in settings]
    audits.show_audit(recording, verdicts, _console())
    if plot is not None:
        audits.write_plot(plot, recording, verdicts)
    if json is not None:
        write_json(json, audits.to_json(recording, verdicts))


@app.command()
def register(
    remove: Annotated[bool, typer.Option("--remove", help="Take the names back.")] = False,
) -> None:
    """Make our tuners and assessors known to NNI by short names."""
    from nni_hpo_ext import registry

    changed = registry.unregister() if remove else registry.register()
    for entry in registry.ALGORITHMS:
        state = "removed" if remove else "registered"
        state = state if entry in changed else "nothing to do"
        typer.echo(f"{entry.kind} {entry.name} ({entry.class_name}): {state}")


app.command()(journal)
app.command()(simulate)
app.command()(export)
app.command()(watch)
app.command()(report)
app.command()(conformance)
app.command()(compare)


def main() -> None:
    """Run the command; errors of ours become one line and exit code 1."""
    try:
        app()
    except HpoExtError as error:
        typer.echo(f"nni-hpo: {error}", err=True)
        sys.exit(1)
