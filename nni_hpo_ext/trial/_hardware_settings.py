"""Where each hardware parameter goes in a ConfigProto, and what it takes for it to act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_APPLIED = "applied"
_SESSION_ONLY = "inert: only a TensorFlow 1 session uses it"


@dataclass(frozen=True)
class HardwareSetting:
    """How one parameter enters the ConfigProto: its bounds, writer, reader and effect."""

    upper: int
    write: Callable[[Any, int], None]
    read: Callable[[Any], int]
    outcome: str


def _field(path: str, upper: int, outcome: str) -> HardwareSetting:
    """Make a setting that is a single field, given by its dotted path."""
    *parents, field = path.split(".")

    def owner(config: Any) -> Any:
        for parent in parents:
            config = getattr(config, parent)
        return config

    def write(config: Any, value: int) -> None:
        # A protobuf flag wants a bool, a number wants an int: the field's own type decides.
        kind = type(getattr(owner(config), field))
        setattr(owner(config), field, kind(value))

    return HardwareSetting(upper, write, lambda config: int(getattr(owner(config), field)), outcome)


def _also(base: HardwareSetting, extra: Callable[[Any, int], None]) -> HardwareSetting:
    """Add the companion fields without which `base` would not act."""

    def write(config: Any, value: int) -> None:
        base.write(config, value)
        extra(config, value)

    return HardwareSetting(base.upper, write, base.read, base.outcome)


def _let_folding_limit_act(config: Any, value: int) -> None:
    # The graph rewriter folds without a limit, before the pass that knows the limit.
    rewrite = config.graph_options.rewrite_options
    rewrite.constant_folding = rewrite.OFF
    config.graph_options.optimizer_options.do_constant_folding = True


def _let_subexpressions_act(config: Any, value: int) -> None:
    # Level L1 forces elimination and folding on; L0 leaves both to their own fields.
    options = config.graph_options.optimizer_options
    options.opt_level = options.L0
    options.do_constant_folding = True
    rewrite = config.graph_options.rewrite_options
    rewrite.common_subgraph_elimination = rewrite.ON if value else rewrite.OFF


def _let_jit_act(config: Any, value: int) -> None:
    # Without this the level is for GPUs alone.
    config.graph_options.optimizer_options.cpu_global_jit = value > 0


_INT32 = 2**31 - 1
_OPTIMIZER = "graph_options.optimizer_options."
SETTINGS: Mapping[str, HardwareSetting] = MappingProxyType(
    {
        "inter_op_parallelism_threads": _field("inter_op_parallelism_threads", _INT32, _APPLIED),
        "intra_op_parallelism_threads": _field("intra_op_parallelism_threads", _INT32, _APPLIED),
        "max_folded_constant": _also(
            _field(_OPTIMIZER + "max_folded_constant_in_bytes", _INT32, _APPLIED),
            _let_folding_limit_act,
        ),
        "build_cost_model": _field("graph_options.build_cost_model", _INT32, _SESSION_ONLY),
        "do_common_subexpression_elimination": _also(
            _field(_OPTIMIZER + "do_common_subexpression_elimination", 1, _APPLIED),
            _let_subexpressions_act,
        ),
        "do_function_inlining": _field(
            _OPTIMIZER + "do_function_inlining", 1, "inert: eager execution always inlines"
        ),
        "global_jit_level": _also(
            _field(_OPTIMIZER + "global_jit_level", 2, _APPLIED), _let_jit_act
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
