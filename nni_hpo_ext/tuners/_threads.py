"""Run linear algebra on a single thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Limit numpy and scipy to one thread while a tuner computes a suggestion.

    The matrices are small, the trials need the processors, and sums split among threads would make
    the suggestions of a seed depend on the machine.
    """
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> Any:
    # Created at the first suggestion, when all libraries that it limits are loaded.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
