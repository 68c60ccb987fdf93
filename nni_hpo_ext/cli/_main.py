"""The command `nni-hpo`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from nni_hpo_ext import __version__
from nni_hpo_ext.cli._audit import audit
from nni_hpo_ext.cli._check import check
from nni_hpo_ext.cli._compare import compare
from nni_hpo_ext.cli._conformance import conformance
from nni_hpo_ext.cli._export import export
from nni_hpo_ext.cli._import_optuna import import_optuna
from nni_hpo_ext.cli._init import init
from nni_hpo_ext.cli._journal import journal
from nni_hpo_ext.cli._list import list_experiments
from nni_hpo_ext.cli._next import next_experiment
from nni_hpo_ext.cli._predict import predict
from nni_hpo_ext.cli._published import PublishedCommand
from nni_hpo_ext.cli._register import register
from nni_hpo_ext.cli._report import report
from nni_hpo_ext.cli._retrain import retrain
from nni_hpo_ext.cli._run import run
from nni_hpo_ext.cli._serve import serve
from nni_hpo_ext.cli._simulate import simulate
from nni_hpo_ext.cli._studio import studio
from nni_hpo_ext.cli._test import test
from nni_hpo_ext.cli._watch import watch
from nni_hpo_ext.cli._worker import worker
from nni_hpo_ext.errors import HpoExtError

__all__ = ["app", "main"]

app = typer.Typer(
    name="nni-hpo",
    help="Check, run and understand NNI experiments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


# In the order in which users need them.
for _command in (
    init, check, run, watch, list_experiments, report, next_experiment, retrain, test, compare,
    export, journal, audit, studio, predict, simulate, serve, worker, conformance, import_optuna,
    register,
):  # fmt: skip
    _name = re.sub(r"_experiments?$", "", _command.__name__).replace("_", "-")
    app.command(_name, cls=PublishedCommand if _command is simulate else None)(_command)


def main() -> None:
    """Run the command; print errors of this package on one line and exit with code 1."""
    try:
        app()
    except HpoExtError as error:
        typer.echo(f"nni-hpo: {error}", err=True)
        sys.exit(1)
