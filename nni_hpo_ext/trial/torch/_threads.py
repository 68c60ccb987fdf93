"""Set how PyTorch's threads wait, and import PyTorch.

Between two operations, the threads of OpenMP spin by default. Where other processes need the cores,
as with several trials at once, spinning makes a step several times as expensive. OpenMP reads the
setting once, when PyTorch is loaded.
"""

from __future__ import annotations

import logging
import os
import sys

from nni_hpo_ext.errors import MissingDependencyError

_POLICY = "OMP_WAIT_POLICY"

if _POLICY not in os.environ:
    os.environ[_POLICY] = "PASSIVE"
    if "torch" in sys.modules:
        logging.getLogger(__name__).warning(
            "PyTorch was imported before nni_hpo_ext.trial.torch: its waiting threads keep the "
            "cores busy; import nni_hpo_ext.trial.torch first, or set %s=PASSIVE",
            _POLICY,
        )
try:
    import torch  # noqa: F401
except ImportError as error:
    raise MissingDependencyError(
        f"PyTorch is not available ({error}); add it with `make install-torch` in a checkout, or "
        "with `pip install torch==2.13.0`"
    ) from None
