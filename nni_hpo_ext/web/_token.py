"""The secret of a local server, in a file that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nni_hpo_ext.errors import ExperimentError

__all__ = ["TOKEN_FILE", "own_token"]

TOKEN_FILE = ".token"


def own_token(directory: Path) -> str:
    """Return the token of the server of a directory, made at its first start.

    Raises
    ------
    ExperimentError
        If the file is empty.
    OSError
        If it cannot be read or written.
    """
    path = directory / TOKEN_FILE
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
    token = path.read_text(encoding="ascii").strip()
    if not token:
        raise ExperimentError(f"{path} is empty: delete it, and a new token is made")
    return token
