"""Map the hardware parameters to fields of a TensorFlow ConfigProto."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["SETTINGS", "HardwareSetting"]

_APPLIED = "applied"
_SESSION_ONLY = "inert: only a TensorFlow 1 session uses it"


@dataclass(frozen=True)
class HardwareSetting:
    """How a hardware parameter is written to a ConfigProto.

    Attributes
    ----------
    upper
        Largest value; the smallest is 0.
    write, read
        Set the value in a ConfigProto, and get it.
    outcome
        ``"applied"`` or ``"inert: reason"``.
    """

    upper: int
    write: Callable[[Any, int], None]
    read: Callable[[Any], int]
    outcome: str


def _field(path: str, upper: int, outcome: str) -> HardwareSetting:
    """Return the setting of a single field, given by its dotted path."""
    *parents, field = path.split(".")

    def owner(config: Any) -> Any:
        for parent in parents:
            config = getattr(config, parent)
        return config

    def write(config: Any, value: int) -> None:
        # A protobuf field accepts its own type only, bool or int.
        kind = type(getattr(owner(config), field))
        setattr(owner(config), field, kind(value))

    return HardwareSetting(upper, write, lambda config: int(getattr(owner(config), field)), outcome)


def _with(base: HardwareSetting, extra: Callable[[Any, int], None]) -> HardwareSetting:
    """Return `base` with the other fields that it needs to take effect."""

    def write(config: Any, value: int) -> None:
        base.write(config, value)
        extra(config, value)

    return HardwareSetting(base.upper, write, base.read, base.outcome)


def _enable_folding_limit(config: Any, value: int) -> None:
    # The graph rewriter folds without a limit, before the pass that has one.
    rewrite = config.graph_options.rewrite_options
    rewrite.constant_folding = rewrite.OFF
    config.graph_options.optimizer_options.do_constant_folding = True


def _enable_elimination(config: Any, value: int) -> None:
    # Level L1 forces elimination and folding on; with L0 their own fields decide.
    options = config.graph_options.optimizer_options
    options.opt_level = options.L0
    options.do_constant_folding = True
    rewrite = config.graph_options.rewrite_options
    rewrite.common_subgraph_elimination = rewrite.ON if value else rewrite.OFF


def _enable_cpu_jit(config: Any, value: int) -> None:
    # Without this the level applies to GPUs only.
    config.graph_options.optimizer_options.cpu_global_jit = value > 0


_INT32 = 2**31 - 1
_OPTIMIZER = "graph_options.optimizer_options."
SETTINGS: Mapping[str, HardwareSetting] = MappingProxyType(
    {
        "inter_op_parallelism_threads": _field("inter_op_parallelism_threads", _INT32, _APPLIED),
        "intra_op_parallelism_threads": _field("intra_op_parallelism_threads", _INT32, _APPLIED),
        "max_folded_constant": _with(
            _field(_OPTIMIZER + "max_folded_constant_in_bytes", _INT32, _APPLIED),
            _enable_folding_limit,
        ),
        "build_cost_model": _field("graph_options.build_cost_model", _INT32, _SESSION_ONLY),
        "do_common_subexpression_elimination": _with(
            _field(_OPTIMIZER + "do_common_subexpression_elimination", 1, _APPLIED),
            _enable_elimination,
        ),
        "do_function_inlining": _field(
            _OPTIMIZER + "do_function_inlining", 1, "inert: eager execution always inlines"
        ),
        "global_jit_level": _with(
            _field(_OPTIMIZER + "global_jit_level", 2, _APPLIED), _enable_cpu_jit
        ),
        "infer_shapes": _field("graph_options.infer_shapes", 1, _SESSION_ONLY),
        "place_pruned_graph": _field("graph_options.place_pruned_graph", 1, _SESSION_ONLY),
        "enable_bfloat16_sendrecv": _field(
            "graph_options.enable_bfloat16_sendrecv",
            1,
            "inert: only a distributed master session uses it",
        ),
    }
)
