"""Refuse requests that no user of a local server sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

__all__ = ["Gate", "Scope"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Lock = Callable[[Scope, Mapping[str, str]], str | None]


class Gate:
    """Refuse requests without token, under other names, from other sites, and too large ones.

    A web page that a user of this machine visits can send requests to localhost, or give its own
    name this machine's address; browsers then name the page in ``Host`` or ``Origin``.

    Parameters
    ----------
    app
        The application behind it.
    locked
        Returns why the headers of a request do not open it, None if they do.
    hosts
        Names and addresses, besides those of the loopback interface, under which the server may be
        called.
    remedy
        What a user does to allow another name.
    most_bytes
        Largest size of a request, None for no limit.
    """

    def __init__(
        self,
        app: Application,
        locked: Lock,
        hosts: Iterable[str] = (),
        remedy: str = "",
        most_bytes: int | None = None,
    ) -> None:
        self._app = app
        self._locked = locked
        self._hosts = {host.lower() for host in (*_LOOPBACK, *hosts)}
        self._remedy = remedy
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), v.decode("latin-1")) for name, v in scope["headers"]]
        problem = self._foreign(headers)
        if problem is None and (reason := self._locked(scope, dict(headers))):
            problem = 401, reason
        if problem is not None:
            status, detail = problem
            await JSONResponse({"detail": detail}, status)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, self._most), send)

    def _foreign(self, headers: list[tuple[str, str]]) -> tuple[int, str] | None:
        """Return why a request is not one that a user of this server sends."""
        names = [value for name, value in headers if name == "host"]
        host = names[0] if len(names) == 1 else ""
        if _hostname(f"//{host}") not in self._hosts:
            return 421, f"host {host!r:.80} is not allowed{self._remedy and ': '}{self._remedy}"
        for name, value in headers:
            if name == "origin" and value.lower() != f"http://{host}".lower():
                return 403, f"origin {value!r:.80} is not allowed"
            if name == "content-length" and not self._fits(value):
                return 413, _too_large(self._most)
        return None

    def _fits(self, length: str) -> bool:
        return length.isdigit() and (self._most is None or int(length) <= self._most)


def _too_large(most: int | None) -> str:
    return (
        "a request needs a valid length"
        if most is None
        else (f"a request must not exceed {most} bytes")
    )


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _limited(receive: Receive, most: int | None) -> Receive:
    """Count the bytes of a request that does not name its length."""
    if most is None:
        return receive
    size = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            # FastAPI passes on this exception only.
            raise HTTPException(413, _too_large(most))
        return message

    return limited
