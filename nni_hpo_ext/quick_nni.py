"""NNI imported in a third of its time, for commands that only read configs and names."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

__all__ = ["quick_nni"]

# `import nni` loads these, about one CPU second, for its architecture search (scipy.stats) and to
# learn whether pandas is there. It uses neither before an architecture search or a data frame.
_PUT_OFF = ("scipy.stats", "pandas")


def quick_nni() -> None:
    """Import NNI, and let it load ``scipy.stats`` and pandas only when it uses them.

    Whoever imports these two afterwards gets the real ones. Nothing happens where NNI has been
    imported already.
    """
    if "nni" not in sys.modules:
        with _put_off():
            importlib.import_module("nni")


@contextlib.contextmanager
def _put_off() -> Iterator[None]:
    absent = [name for name in _PUT_OFF if name not in sys.modules]
    stand_ins = {name: _LateModule(name) for name in absent}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _LateModule(ModuleType):
    """Stands for a module while others import names from it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _LateObject(self.__name__, name)


class _LateObject:
    """Stands for a module's object, which is loaded when it is called or looked into."""

    def __init__(self, module: str, name: str) -> None:
        self._late = (module, name)

    def _real(self) -> Any:
        module, name = self._late
        return getattr(importlib.import_module(module), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)
