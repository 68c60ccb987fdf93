"""The command `nni-hpo studio`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["studio"]


def studio(
    directory: Annotated[
        Path,
        typer.Option(metavar="FOLDER", file_okay=False, help="Where images and studies are kept."),
    ] = Path("studio"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for a free one.")
    ] = 8070,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Further name under which browsers may call it."),
    ] = None,
) -> None:
    """From a folder of labelled images to the best model, in a browser.

    Open the printed address. Studies go on if the studio ends, and are shown again by the next.
    """
    # Before numpy is loaded: the studio must leave the processors to the trials.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from nni_hpo_ext.errors import MissingDependencyError
    from nni_hpo_ext.quick_nni import quick_nni

    quick_nni()
    try:
        from nni_hpo_ext.studio.pages import run_studio
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"nni-hpo studio requires {error.name}: pip install 'nni-hpo-ext[studio]'"
        ) from error
    run_studio(directory, host, port, allow_host or (), console())
