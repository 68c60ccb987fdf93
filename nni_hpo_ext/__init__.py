"""Tuners and assessors that NNI 3.0 never had, and the tools around them."""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
