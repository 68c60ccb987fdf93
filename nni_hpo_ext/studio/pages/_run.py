"""Start the studio."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from nni_hpo_ext import registry
from nni_hpo_ext.files import exclusive
from nni_hpo_ext.studio.pages._app import create_studio
from nni_hpo_ext.studio.pages._store import StudioStore
from nni_hpo_ext.web import address, listening, run_app

__all__ = ["run_studio"]

# A page that watches a study keeps its connection open until its next beat.
_SHUTDOWN_SECONDS = 5


def run_studio(
    directory: Path, host: str, port: int, allowed: Iterable[str], console: Console
) -> None:
    """Show the studio until Ctrl-C; studies go on without it.

    Parameters
    ----------
    directory
        Where image sets and studies are, or will be.
    host, port
        Address to listen on; port 0 for a free one.
    allowed
        Further names under which browsers may call it.
    console
        Where the address is printed.

    Raises
    ------
    ExperimentError
        If the directory or the address cannot be used.
    """
    registry.register()
    store = StudioStore(directory)
    with exclusive(directory, "nni-hpo studio"), listening(host, port) as listener:
        app = create_studio(store, (host, *allowed))
        url = address(host, listener)
        console.print(f"Studio: {url}/?token={store.token}  (end with Ctrl-C)", soft_wrap=True)
        console.file.flush()
        logging.getLogger("nni").setLevel(logging.WARNING)
        run_app(app, listener, timeout_graceful_shutdown=_SHUTDOWN_SECONDS)
