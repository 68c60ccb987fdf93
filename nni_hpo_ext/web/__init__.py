"""What the HTTP servers of this package share: who may call them, and where they listen."""

from __future__ import annotations

from nni_hpo_ext.web._gate import Gate, Scope
from nni_hpo_ext.web._listen import address, is_ending, is_loopback, listening, run_app
from nni_hpo_ext.web._token import TOKEN_FILE, own_token

__all__ = [
    "TOKEN_FILE",
    "Gate",
    "Scope",
    "address",
    "is_ending",
    "is_loopback",
    "listening",
    "own_token",
    "run_app",
]
