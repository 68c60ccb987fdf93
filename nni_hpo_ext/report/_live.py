"""Serve the report of a running experiment; the page loads itself again when there is news."""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.report._make import live_page
from nni_hpo_ext.study import Study

__all__ = ["LiveReport"]

_logger = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_FRESH = 2.0  # seconds for which the study is not read again


class LiveReport:
    """A report on this machine's loopback address, drawn anew when the experiment has changed.

    The address holds a random part, so that other users of the machine cannot guess it.

    Parameters
    ----------
    load
        Reads the study.
    port
        Port to listen on; 0 chooses a free one.

    Attributes
    ----------
    url
        Address of the page.

    Raises
    ------
    OSError
        If the port is in use.

    Examples
    --------
    >>> from nni_hpo_ext.report import LiveReport
    >>> from nni_hpo_ext.study import load_study
    >>> live = LiveReport(lambda: load_study("latest"))
    >>> live.url  # doctest: +SKIP
    'http://127.0.0.1:40123/RJ0w3zDyvVLtW5mYp8Q1cA/'
    >>> live.serve()  # doctest: +SKIP
    """

    def __init__(self, load: Callable[[], Study], port: int = 0) -> None:
        source, root = _Source(load), f"/{secrets.token_urlsafe(16)}/"

        class Handler(_Handler):
            answers = {root: source.page, f"{root}version": source.version}  # noqa: RUF012

        self._server = ThreadingHTTPServer((_HOST, port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{_HOST}:{self._server.server_port}{root}"

    def serve(self) -> None:
        """Answer requests until `stop` is called from another thread, or Ctrl-C is pressed."""
        try:
            self._server.serve_forever(poll_interval=0.2)
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Let `serve` return."""
        self._server.shutdown()


class _Source:
    """The latest state of the study, read and drawn when somebody asks."""

    def __init__(self, load: Callable[[], Study]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._study: Study | None = None
        self._read = -_FRESH
        self._drawn = ("", "")  # version and page

    def version(self) -> str:
        """Return a text that changes with the study."""
        with self._lock:
            return _version(self._latest())

    def page(self) -> str:
        """Return the page of the latest version."""
        with self._lock:
            study = self._latest()
            version = _version(study)
            if self._drawn[0] != version:
                self._drawn = (version, live_page(study, version))
            return self._drawn[1]

    def _latest(self) -> Study:
        if time.monotonic() - self._read >= _FRESH:
            try:
                self._study = self._load()
            except HpoExtError as error:  # a manager that is just writing, or has just ended
                if self._study is None:
                    raise
                _logger.warning("%s; the report shows the state before", error)
            self._read = time.monotonic()
        assert self._study is not None
        return self._study


def _version(study: Study) -> str:
    state = [(t.number, t.end.value, len(t.reports), t.values) for t in study.trials]
    return hashlib.sha256(repr((state, study.ended)).encode()).hexdigest()[:16]


class _Handler(BaseHTTPRequestHandler):
    """Answers GET requests of this machine's browsers."""

    answers: dict[str, Callable[[], str]]

    def do_GET(self) -> None:
        """Answer a request, or refuse it."""
        # A page of another site can give its own name this machine's address.
        if (self.headers.get("Host") or "").rpartition(":")[0] not in (_HOST, "localhost"):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        answer = self.answers.get(self.path)
        if answer is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            text, status = answer(), HTTPStatus.OK
        except HpoExtError as error:
            text, status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
        kind = "html" if self.path.endswith("/") and status is HTTPStatus.OK else "plain"
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet."""
