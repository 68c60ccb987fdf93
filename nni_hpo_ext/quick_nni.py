"""Import NNI in a third of the time, for commands that only read configs and names."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

__all__ = ["quick_nni"]

# `import nni` spends about one CPU second on these: scipy.stats for its architecture search, and
# pandas to find out whether it is installed. Reading configs uses neither.
_DEFERRED = ("scipy.stats", "pandas")


def quick_nni() -> None:
    """Import NNI; it loads ``scipy.stats`` and pandas only when it uses them.

    Later imports of the two get the real modules. Does nothing if NNI is already imported.

    Examples
    --------
    >>> quick_nni()
    >>> import nni
    >>> nni.get_trial_id()
    'STANDALONE'
    """
    if "nni" not in sys.modules:
        with _deferred():
            importlib.import_module("nni")


@contextlib.contextmanager
def _deferred() -> Iterator[None]:
    absent = [name for name in _DEFERRED if name not in sys.modules]
    placeholders = {name: _LateModule(name) for name in absent}
    sys.modules.update(placeholders)
    try:
        yield
    finally:
        for name, module in placeholders.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _LateModule(ModuleType):
    """Placeholder for a module while others import names from it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _LateObject(self.__name__, name)


class _LateObject:
    """Placeholder for a module's object, which is loaded when called or accessed."""

    def __init__(self, module: str, name: str) -> None:
        self._late = (module, name)

    def _real(self) -> Any:
        module, name = self._late
        return getattr(importlib.import_module(module), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)
