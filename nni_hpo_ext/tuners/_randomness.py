"""Preserve the states of the global random generators."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["global_generators_kept"]


@contextmanager
def global_generators_kept() -> Iterator[None]:
    """Restore the states of Python's and numpy's global random generators on exit.

    Our algorithms use separate generators, but some libraries draw from the global ones on import,
    such as rich, which scikit-learn imports.
    """
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
