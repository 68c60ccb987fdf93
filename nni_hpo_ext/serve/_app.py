"""The service as an ASGI application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPBearer

from nni_hpo_ext import __version__
from nni_hpo_ext.asktell import Refusal
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.serve._page import interface_page
from nni_hpo_ext.serve._routes_studies import study_routes
from nni_hpo_ext.serve._routes_trials import trial_routes
from nni_hpo_ext.serve._security import Tokens
from nni_hpo_ext.serve._service import Service
from nni_hpo_ext.serve._store import StudyStore
from nni_hpo_ext.web import Gate

__all__ = ["create_app"]

# A search space of a thousand parameters takes some 100 KB.
_MOST_BYTES = 2**20


def create_app(store: StudyStore, hosts: Iterable[str] = ()) -> FastAPI:
    """Return the service as an ASGI application.

    Parameters
    ----------
    store
        The studies.
    hosts
        Names and addresses, in addition to those of the loopback interface, under which the service
        may be called.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.serve import StudyStore, create_app
    >>> with TemporaryDirectory() as folder:
    ...     app = create_app(StudyStore(Path(folder)))
    >>> app.title
    'nni-hpo serve'
    """
    app = FastAPI(
        title="nni-hpo serve",
        version=__version__,
        docs_url=None,  # FastAPI's own page loads scripts of another site
        redoc_url=None,
        redirect_slashes=False,
        # Only for the description: the gate checks tokens before anything is read.
        dependencies=[Depends(HTTPBearer(auto_error=False))],
        exception_handlers={
            Refusal: _refused,
            RequestValidationError: _unusable,
            HpoExtError: _failed,
        },
    )
    service = Service(store, Tokens(store.token))
    app.include_router(study_routes(service))
    app.include_router(trial_routes(service))

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(interface_page(app.openapi()))

    app.add_middleware(
        Gate,
        locked=service.tokens.locked,
        hosts=tuple(hosts),
        remedy="nni-hpo serve --allow-host NAME",
        most_bytes=_MOST_BYTES,
    )
    return app


async def _refused(request: Request, error: Any) -> JSONResponse:
    after = error.retry_after
    headers = {} if after is None else {"Retry-After": str(after)}
    return JSONResponse({"detail": str(error)}, error.status, headers)


async def _failed(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 500)


async def _unusable(request: Request, error: Any) -> JSONResponse:
    """Return what is wrong with a request on one line, without repeating its content."""
    if request.headers.get("content-type", "application/json") != "application/json":
        detail = "send JSON, with the header Content-Type: application/json"
        return JSONResponse({"detail": detail}, 422)
    problems = [
        f"{'.'.join(str(part) for part in found['loc'][1:]) or 'request'}: "
        f"{str(found['msg']).removeprefix('Value error, ')}"
        for found in error.errors()
    ]
    return JSONResponse({"detail": "; ".join(dict.fromkeys(problems))[:1000]}, 422)
