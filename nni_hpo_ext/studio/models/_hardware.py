"""Hardware parameters of deep models, as options of a search."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.studio.models._entry import Space, choice, whole

__all__ = ["HARDWARE_OPTIONS", "hardware_defaults", "hardware_options"]

_THREADS = ("intra_op_parallelism_threads", "inter_op_parallelism_threads")
_SWITCHES = {"do_common_subexpression_elimination": (1, 0), "global_jit_level": (0, 1)}

HARDWARE_OPTIONS = (*_THREADS, *_SWITCHES)
"""The hardware parameters that take effect in TensorFlow 2; see `nni_hpo_ext.trial`."""


def hardware_options(threads: int) -> Space:
    """Return what can be searched, with up to this many threads."""
    switches = {name: choice(*values) for name, values in _SWITCHES.items()}
    return {**{name: whole(1, threads) for name in _THREADS}, **switches}


def hardware_defaults(threads: int) -> dict[str, Any]:
    """Return TensorFlow's own settings, with this many threads."""
    switches = {name: values[0] for name, values in _SWITCHES.items()}
    return {**dict.fromkeys(_THREADS, threads), **switches}
