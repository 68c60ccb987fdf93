"""The command `nni-hpo`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nni_hpo_ext import __version__
from nni_hpo_ext.cli_simulate import simulate
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


app.command()(simulate)


def main() -> None:
    """Run the command; errors of ours become one line and exit code 1."""
    try:
        app()
    except HpoExtError as error:
        typer.echo(f"nni-hpo: {error}", err=True)
        sys.exit(1)
