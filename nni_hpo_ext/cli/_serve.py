"""The command `nni-hpo serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["serve"]


def serve(
    directory: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where the studies are kept.")
    ] = Path("studies"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for a free one.")
    ] = 8090,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Further name under which clients may call it."),
    ] = None,
) -> None:
    """Serve tuners and assessors over HTTP, for trials in any language on any machine.

    The token is in FOLDER/.token. Studies survive restarts.
    """
    # Before numpy is loaded: suggestions of several studies compete for the processors.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from nni_hpo_ext.errors import MissingDependencyError
    from nni_hpo_ext.quick_nni import quick_nni

    quick_nni()
    try:
        from nni_hpo_ext.serve import run_service
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"nni-hpo serve requires {error.name}: pip install 'nni-hpo-ext[serve]'"
        ) from error
    run_service(directory, host, port, allow_host or (), console())
