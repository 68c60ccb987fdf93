"""The command `nni-hpo audit`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from nni_hpo_ext.cli._console import console
from nni_hpo_ext.registry import STOPPING_RULES

__all__ = ["audit"]

_RULES = ",".join(STOPPING_RULES)


def _values(text: str | None, read: Callable[[str], object]) -> list[object] | None:
    """Read a comma-separated list of values to sweep over."""
    if text is None:
        return None
    try:
        return [read(part.strip()) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"must be numbers such as 0,2,5, got {text!r}") from None


def _wholes(text: str | None) -> list[object] | None:
    return _values(text, int)


def _numbers(text: str | None) -> list[object] | None:
    return _values(text, float)


def _sweep(help: str, read: Callable[[str | None], list[object] | None]) -> Any:
    return typer.Option(metavar="A,B,...", help=help, callback=read)


def audit(
    source: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="Id or directory of an experiment, or a table of curves (.npz, .csv, .json).",
        ),
    ],
    rule: Annotated[
        str, typer.Option(metavar="A,B,...", help="Stopping rules; medianstop is the one of NNI.")
    ] = _RULES,
    start_step: Annotated[str | None, _sweep("Epochs before the first stop.", _wholes)] = None,
    min_completed: Annotated[str | None, _sweep("Completed trials required.", _wholes)] = None,
    interval: Annotated[str | None, _sweep("Epochs between checks.", _wholes)] = None,
    keep_best: Annotated[str | None, _sweep("Number of best trials to keep.", _wholes)] = None,
    caution: Annotated[str | None, _sweep("For consensus; 1 by default.", _numbers)] = None,
    max_stopped_fraction: Annotated[str | None, _sweep("Maximum share to stop.", _numbers)] = None,
    max_epochs: Annotated[str | None, _sweep("For compound: length of a run.", _wholes)] = None,
    beta: Annotated[str | None, _sweep("For compound: share of trials.", _numbers)] = None,
    objective: Annotated[
        str | None, typer.Option(metavar="NAME", help="Reported value to use.")
    ] = None,
    optimize_mode: Annotated[
        Literal["maximize", "minimize"] | None, typer.Option(help="Direction of the objective.")
    ] = None,
    array: Annotated[
        str | None, typer.Option(metavar="NAME", help="Array, if an .npz file has several.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Parallel trials, for a table.")] = 4,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.html", dir_okay=False, help="Plot the curves.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the results as JSON.")
    ] = None,
) -> None:
    """Show what early-stopping rules would have saved and cost in a finished experiment.

    Trials are replayed in their recorded order and overlap. Rules and arguments may be lists; all
    combinations are tried.
    """
    import nni_hpo_ext.audit as audits
    from nni_hpo_ext.files import write_json

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
    audits.show_audit(recording, verdicts, console())
    if plot is not None:
        audits.write_plot(plot, recording, verdicts)
    if json is not None:
        write_json(json, audits.to_json(recording, verdicts))
