"""Listen on an address, and serve there."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nni_hpo_ext.errors import ExperimentError

__all__ = ["address", "is_ending", "is_loopback", "listening", "run_app"]


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open a socket; port 0 takes a free one.

    Raises
    ------
    ExperimentError
        If the address cannot be used.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise ExperimentError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    with listener:
        yield listener


def address(host: str, listener: socket.socket) -> str:
    """Return the URL of a socket."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run_app(app: Any, listener: socket.socket, **options: Any) -> None:
    """Serve an application of Starlette until Ctrl-C.

    Parameters
    ----------
    app
        The application; a response without an end must end itself when `is_ending`.
    listener
        The socket.
    **options
        Further options of uvicorn.
    """
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, **options
    )
    server = app.state.server = uvicorn.Server(config)
    server.run([listener])


def is_ending(app: Any) -> bool:
    """Return whether the server of an application is about to end."""
    server = getattr(app.state, "server", None)
    return server is not None and server.should_exit
