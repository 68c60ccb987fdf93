"""Tokens: what opens the service, and what one study."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from nni_hpo_ext.web import Scope

__all__ = ["Tokens"]


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

    def locked(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        """Return why headers do not open a path; those outside the interface hold no data."""
        path: str = scope["path"]
        if not path.startswith("/v1/"):
            return None
        study, slash, _ = path.removeprefix("/v1/studies").lstrip("/").partition("/")
        is_one = bool(study) and (bool(slash) or scope["method"] != "PUT")  # not its creation
        if self.open(headers.get("authorization", ""), study if is_one else None):
            return None
        return "send a token that opens this in the header Authorization: Bearer TOKEN"
