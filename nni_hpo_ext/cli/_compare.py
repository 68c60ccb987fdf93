"""The command `nni-hpo compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["compare"]


def compare(
    experiments: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPERIMENT...",
            help="Ids or directories of experiments, URLs of WebUIs or studies, traces (.jsonl).",
        ),
    ],
    format: Annotated[
        Literal["text", "md", "json", "csv"], typer.Option(help="Output format.")
    ] = "text",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write a file: .html (with figures), .md, .json or .csv.",
        ),
    ] = None,
    as_one: Annotated[
        bool,
        typer.Option("--as-one", help="Compare all, even if search spaces or trials differ."),
    ] = False,
) -> None:
    """Compare tuners by best value and time, with a test of significance.

    Runs that differ only in their seed count as the same tuner. Models and search spaces are
    compared separately.
    """
    import nni_hpo_ext.compare as comparing
    from nni_hpo_ext.errors import ConfigError
    from nni_hpo_ext.files import write_text
    from nni_hpo_ext.study import load_studies

    formats = {
        "html": comparing.as_html,
        "md": comparing.as_markdown,
        "json": comparing.as_json,
        "csv": comparing.as_csv,
    }
    if out is not None and out.suffix[1:] not in formats:
        raise ConfigError(f"--out {out} must end with {', '.join(f'.{f}' for f in formats)}")
    studies = [study for source in experiments for study in load_studies(source)]
    comparisons = [comparing.compare(task) for task in comparing.tasks(studies, as_one=as_one)]
    if out is not None:
        write_text(out, formats[out.suffix[1:]](comparisons))
        typer.echo(f"{out}: {len(studies)} runs")
    elif format == "text":
        comparing.show(comparisons, console())
    else:
        typer.echo(formats[format](comparisons), nl=False)
