"""Apply calls to studies, one at a time for each study."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool

from nni_hpo_ext.asktell import HostedStudy
from nni_hpo_ext.serve._security import Tokens
from nni_hpo_ext.serve._store import StudyStore

__all__ = ["Service"]

_T = TypeVar("_T")


class Service:
    """The studies, each with a lock.

    Calls wait for the lock without a thread, so that a study keeps only one busy, and a slow
    suggestion does not delay the other studies.

    Parameters
    ----------
    store
        The studies.
    tokens
        The tokens.
    """

    def __init__(self, store: StudyStore, tokens: Tokens) -> None:
        self.store = store
        self.tokens = tokens
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(self, name: str, action: Callable[[HostedStudy], _T]) -> _T:
        """Return what an action on a study returns, after the calls before it."""
        return await self._locked(name, lambda: action(self.store.get(name)))

    async def create(self, name: str, definition: Mapping[str, Any]) -> HostedStudy:
        """Create a study, or return it if it exists with the same definition."""
        return await self._locked(name, lambda: self.store.create(name, definition))

    async def _locked(self, name: str, action: Callable[[], _T]) -> _T:
        async with self._locks[name]:
            return await run_in_threadpool(action)
