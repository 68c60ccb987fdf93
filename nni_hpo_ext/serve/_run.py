"""Start the service."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from nni_hpo_ext.files import exclusive
from nni_hpo_ext.serve._app import create_app
from nni_hpo_ext.serve._store import StudyStore
from nni_hpo_ext.web import TOKEN_FILE, address, is_loopback, listening, run_app

__all__ = ["run_service"]


def run_service(
    directory: Path, host: str, port: int, allowed: Iterable[str], console: Console
) -> None:
    """Serve the studies in a directory until Ctrl-C.

    Parameters
    ----------
    directory
        Where the studies are, or will be.
    host, port
        Address to listen on; port 0 for a free one.
    allowed
        Further names under which clients may call the service.
    console
        Where the address is printed.

    Raises
    ------
    ExperimentError
        If the directory or the address cannot be used.

    Examples
    --------
    >>> run_service(Path("studies"), "127.0.0.1", 8090, (), Console())  # doctest: +SKIP
    http://127.0.0.1:8090  token: studies/.token
    """
    store = StudyStore(directory)
    with exclusive(directory, "nni-hpo serve"), listening(host, port) as listener:
        store.remove_leftovers()
        app = create_app(store, (host, *allowed))
        token = directory / TOKEN_FILE
        console.print(f"{address(host, listener)}  token: {token}", soft_wrap=True)
        if not is_loopback(host):
            console.print(
                "Anyone who can reach this address and reads the traffic learns the token: use a "
                "trusted network, or a proxy with TLS",
                soft_wrap=True,
            )
        console.file.flush()
        logging.getLogger("nni").setLevel(logging.WARNING)  # a line per suggestion
        run_app(app, listener)
