"""The studio as an ASGI application."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from nni_hpo_ext.errors import DataError, HpoExtError
from nni_hpo_ext.studio.pages._compare_pages import compare_routes
from nni_hpo_ext.studio.pages._context import Context
from nni_hpo_ext.studio.pages._data_pages import data_routes
from nni_hpo_ext.studio.pages._live_pages import live_routes
from nni_hpo_ext.studio.pages._new_pages import new_routes
from nni_hpo_ext.studio.pages._result_pages import result_routes
from nni_hpo_ext.studio.pages._store import StudioStore
from nni_hpo_ext.web import Gate, Scope

__all__ = ["create_studio"]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer", browsers send "Origin: null" with forms.
    "Referrer-Policy": "same-origin",
}
_YEAR = 365 * 86400


def create_studio(store: StudioStore, hosts: Iterable[str] = ()) -> Starlette:
    """Return the studio as an ASGI application.

    Parameters
    ----------
    store
        Image sets and studies.
    hosts
        Names and addresses, in addition to those of the loopback interface, under which it may be
        called.
    """
    context = Context(store)

    async def failed(request: Request, error: Any) -> Response:
        status = 404 if isinstance(error, DataError) and request.method == "GET" else 422
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": str(error)}, status)
        return context.page("error.html", {"message": str(error)}, status)

    lock = _Lock(store.token)
    return Starlette(
        routes=[
            *data_routes(context),
            *new_routes(context),
            *live_routes(context),
            *compare_routes(context),
            *result_routes(context),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[
            Middleware(Gate, locked=lock.locked, hosts=tuple(hosts),
                       remedy="nni-hpo studio --allow-host NAME"),
            Middleware(BaseHTTPMiddleware, dispatch=lock.enter),
        ],
        exception_handlers={HpoExtError: failed},
    )  # fmt: skip


class _Lock:
    """The token: once in the address, then in a cookie that only this server receives."""

    def __init__(self, token: str) -> None:
        self._token = token

    def _opens(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def locked(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        """Return why a request does not open the studio, None if it does."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        kept = cookies.get(_cookie(headers.get("host", "")))
        given = [*query.get("token", ()), *([kept.value] if kept else [])]
        if any(self._opens(token) for token in given):
            return None
        return "open the address that nni-hpo studio has printed: it ends with a token"

    async def enter(
        self, request: Request, call: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Move the token from the address to a cookie; add the headers of every answer."""
        if "token" in request.query_params:
            answer: Response = RedirectResponse(request.url.path, 303)
            answer.set_cookie(
                _cookie(request.headers.get("host", "")),
                self._token,
                max_age=_YEAR,
                httponly=True,
                samesite="strict",
            )
        else:
            answer = await call(request)
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer


def _cookie(host: str) -> str:
    """Return the name of the cookie; browsers share cookies between the ports of a machine."""
    return f"nni-hpo-studio-{host.rpartition(':')[2] if ':' in host else '80'}"
