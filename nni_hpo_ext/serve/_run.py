"""Start the service."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.files import exclusive
from nni_hpo_ext.serve._app import create_app
from nni_hpo_ext.serve._store import StudyStore

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
    import uvicorn

    store = StudyStore(directory)
    with exclusive(directory, "nni-hpo serve"), _listening(host, port) as listener:
        store.remove_leftovers()
        app = create_app(store, (host, *allowed))
        bound = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        console.print(f"http://{shown}:{bound}  token: {directory / '.token'}", soft_wrap=True)
        if not _is_loopback(host):
            console.print(
                "Anyone who can reach this address and reads the traffic learns the token: use a "
                "trusted network, or a proxy with TLS",
                soft_wrap=True,
            )
        console.file.flush()
        logging.getLogger("nni").setLevel(logging.WARNING)  # a line per suggestion
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run([listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise ExperimentError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    with listener:
        yield listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
