"""Where a trial script's log lines go."""

from __future__ import annotations

import logging
import sys


def log_to_stdout() -> None:
    """Show this package's log lines from INFO up on the standard output, NNI's ``trial.log``.

    Other packages' loggers are left alone: NNI, for one, has a handler of its own.
    """
    logger = logging.getLogger("nni_hpo_ext")
    if any(handler.name == __name__ for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.name = __name__
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
