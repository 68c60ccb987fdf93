"""Linear algebra on one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy and scipy to one thread while a tuner thinks.

    Its matrices are small, the trials need the processors, and sums that are split among threads
    make the same seed suggest something else on another machine.
    """
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> Any:
    # Made at the first suggestion, when all libraries that it limits are loaded.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
