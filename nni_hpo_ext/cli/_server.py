"""What the commands that need an extra, and those that serve, have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from nni_hpo_ext.errors import MissingDependencyError

__all__ = ["requires", "start_quietly"]


def start_quietly() -> None:
    """Prepare a process that serves, before numpy is loaded: the processors are for others."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from nni_hpo_ext.quick_nni import quick_nni

    quick_nni()


@contextmanager
def requires(command: str, extra: str) -> Iterator[None]:
    """Name the extra that installs what an import inside of this context lacks.

    Raises
    ------
    MissingDependencyError
        If a module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"nni-hpo {command} requires {error.name}: pip install 'nni-hpo-ext[{extra}]'"
        ) from error
