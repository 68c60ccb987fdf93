"""The command `nni-hpo serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console
from nni_hpo_ext.cli._server import requires, start_quietly

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
    start_quietly()
    with requires("serve", "serve"):
        from nni_hpo_ext.serve import run_service
    run_service(directory, host, port, allow_host or (), console())
