"""Logging of a trial script."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from nni_hpo_ext.errors import HpoExtError

__all__ = ["log_to_stdout"]


def log_to_stdout() -> None:
    """Log this package's messages, from level INFO, to standard output (``trial.log`` in NNI).

    The loggers of other packages are unchanged; NNI has its own handler. From now on, an error of
    this package that ends the script, such as an unusable parameter, is one line on standard
    error, without a traceback.

    Examples
    --------
    >>> log_to_stdout()  # doctest: +SKIP
    """
    sys.excepthook = _show
    logger = logging.getLogger("nni_hpo_ext")
    if any(handler.name == __name__ for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.name = __name__
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if isinstance(error, HpoExtError):
        print(f"{kind.__name__}: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)
