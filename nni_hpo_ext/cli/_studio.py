"""The command `nni-hpo studio`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console
from nni_hpo_ext.cli._server import requires, start_quietly

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
    start_quietly()
    with requires("studio", "studio"):
        from nni_hpo_ext.studio.pages import run_studio
    run_studio(directory, host, port, allow_host or (), console())
