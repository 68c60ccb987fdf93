"""Who may call the service: tokens, Host and Origin, size of a request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

__all__ = ["Gate", "Tokens"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A search space of a thousand parameters takes some 100 KB.
_MOST_BYTES = 2**20

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Tokens:
    """The token of the service, which opens everything, and one per study, derived from it.

    Parameters
    ----------
    service
        Token of the service.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def of(self, study: str) -> str:
        """Return the token of a study."""
        return hmac.new(self._service.encode(), study.encode(), hashlib.sha256).hexdigest()

    def open(self, authorization: str, study: str | None) -> bool:
        """Return whether the header of a call opens a study, or without one the whole service."""
        scheme, _, token = authorization.partition(" ")
        keys = [self._service] if study is None else [self._service, self.of(study)]
        given = token.strip().encode()
        # All are compared, in constant time.
        matches = [hmac.compare_digest(given, key.encode()) for key in keys]
        return scheme.lower() == "bearer" and any(matches)


class Gate:
    """Refuse requests without token, under other names, from other sites, and too large ones.

    A web page that a user of this machine visits can send requests to localhost, or give its own
    name this machine's address; browsers then name the page in ``Host`` or ``Origin``.

    Parameters
    ----------
    app
        The application behind it.
    tokens
        The tokens.
    hosts
        Names and addresses under which the service may be called.
    """

    def __init__(self, app: Application, tokens: Tokens, hosts: Iterable[str]) -> None:
        self._app = app
        self._tokens = tokens
        self._hosts = {host.lower() for host in (*LOOPBACK, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), v.decode("latin-1")) for name, v in scope["headers"]]
        problem = self._foreign(headers) or self._locked(scope, dict(headers))
        if problem is not None:
            status, detail = problem
            await JSONResponse({"detail": detail}, status)(scope, receive, send)
            return
        await self._app(scope, _limited(receive), send)

    def _locked(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return why a token does not open a path; those outside the interface hold no data."""
        path: str = scope["path"]
        if not path.startswith("/v1/"):
            return None
        study, slash, _ = path.removeprefix("/v1/studies").lstrip("/").partition("/")
        is_one = bool(study) and (bool(slash) or scope["method"] != "PUT")  # not its creation
        if self._tokens.open(headers.get("authorization", ""), study if is_one else None):
            return None
        return 401, "send a token that opens this in the header Authorization: Bearer TOKEN"

    def _foreign(self, headers: list[tuple[str, str]]) -> tuple[int, str] | None:
        """Return why a request is not one that a user of this service sends."""
        names = [value for name, value in headers if name == "host"]
        host = names[0] if len(names) == 1 else ""
        if _hostname(f"//{host}") not in self._hosts:
            return 421, f"host {host!r:.80} is not allowed: nni-hpo serve --allow-host NAME"
        for name, value in headers:
            if name == "origin" and value.lower() != f"http://{host}".lower():
                return 403, f"origin {value!r:.80} is not allowed"
            if name == "content-length" and not (value.isdigit() and int(value) <= _MOST_BYTES):
                return 413, f"a request must not exceed {_MOST_BYTES} bytes"
        return None


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _limited(receive: Receive) -> Receive:
    """Count the bytes of a request that does not name its length."""
    size = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > _MOST_BYTES:
            # FastAPI passes on this exception only.
            raise HTTPException(413, f"a request must not exceed {_MOST_BYTES} bytes")
        return message

    return limited
