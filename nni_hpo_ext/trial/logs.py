"""Logging of a trial script."""

from __future__ import annotations

import logging
import sys

__all__ = ["log_to_stdout"]


def log_to_stdout() -> None:
    """Log this package's messages, from level INFO, to standard output (``trial.log`` in NNI).

    The loggers of other packages are unchanged; NNI has its own handler.

    Examples
    --------
    >>> log_to_stdout()  # doctest: +SKIP
    """
    logger = logging.getLogger("nni_hpo_ext")
    if any(handler.name == __name__ for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.name = __name__
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
