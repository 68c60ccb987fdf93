"""Global random generators, which belong to the user."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["global_generators_kept"]


@contextmanager
def global_generators_kept() -> Iterator[None]:
    """Leave the states of Python's and numpy's global random generators as they were.

    Our algorithms have generators of their own, but some libraries draw from the global ones when
    they are imported, such as rich, which scikit-learn imports.
    """
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
