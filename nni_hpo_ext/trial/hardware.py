"""The ten hardware (session) parameters, applied to TensorFlow's eager runtime.

The published programs put these values into the ``ConfigProto`` of a TensorFlow 1 session.
TensorFlow 2 has no session; its eager context takes the same message, but only while the
context does not exist yet, and several fields act only together with others. This module sets
all of them that way, reads them back, and says for each whether it can act.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial._hardware_settings import SETTINGS

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class HardwareReport:
    """What became of the hardware parameters of one trial.

    Attributes
    ----------
    values : mapping of str to int
        The values that were set and read back.
    outcomes : mapping of str to str
        For each parameter ``"applied"`` or ``"inert: reason"``.
    """

    values: Mapping[str, int]
    outcomes: Mapping[str, str]

    def summary(self) -> str:
        """Return one line for the log."""
        if not self.values:
            return "hardware parameters: none given"
        parts = (f"{name}={value} {self.outcomes[name]}" for name, value in self.values.items())
        return "hardware parameters: " + "; ".join(parts)

    def as_metrics(self) -> dict[str, str]:
        """Return ``{parameter: "applied" or "inert"}``, short enough for a trial's report."""
        return {name: text.split(":")[0] for name, text in self.outcomes.items()}


HARDWARE_PARAMETERS: tuple[str, ...] = tuple(SETTINGS)
"""Names of the ten hardware parameters."""

TORCH_ONLY_PARAMETERS = ("channels_last", "mkldnn", "compile_model", "bf16_autocast")
"""Names of the hardware parameters that PyTorch alone has; see `apply_torch_hardware`."""


def apply_hardware(params: Mapping[str, Any]) -> HardwareReport:
    """Hand the hardware parameters among `params` to TensorFlow's eager runtime.

    Call it once, before anything else uses TensorFlow: before a seed is set, a device is
    listed, a tensor or a model is made. Importing TensorFlow or Keras first is fine.

    Parameters
    ----------
    params : mapping of str to object
        The trial's parameters. Those that are not hardware parameters are ignored, and a
        hardware parameter that is absent keeps TensorFlow's own default.

    Returns
    -------
    HardwareReport
        The values set, and for each whether it acts.

    Raises
    ------
    ConfigError
        A value is not a plain whole number within the parameter's bounds.
    HpoExtError
        TensorFlow is in use already, or did not take a value.
    """
    values = {
        name: checked_number(name, params[name], setting.upper)
        for name, setting in SETTINGS.items()
        if name in params
    }
    if values:
        _hand_over(values)
    report = HardwareReport(
        MappingProxyType(values),
        MappingProxyType({name: SETTINGS[name].outcome for name in values}),
    )
    log_report(report)
    return report


def log_report(report: HardwareReport) -> None:
    """Log what became of the hardware parameters, under the one name for all frameworks."""
    _LOG.info(report.summary())


def checked_number(name: str, value: object, upper: int, lower: int = 0) -> int:
    """Return a hardware parameter's value; 0 and 1 may be flags.

    Raises
    ------
    ConfigError
        The value is not a plain whole number from `lower` to `upper`.
    """
    is_flag = upper == 1
    # bool is an int in Python: it is welcome as a flag, and a mistake as a number of threads.
    if type(value) is not int and not (is_flag and isinstance(value, bool)):
        raise ConfigError(
            f"hardware parameter {name}: {value!r} is a {type(value).__name__}, not a whole "
            f"number; use randint or choice of whole numbers in the search space"
        )
    number = int(value)
    if not lower <= number <= upper:
        raise ConfigError(f"hardware parameter {name}: {number} is not in {lower}..{upper}")
    return number


def _hand_over(values: Mapping[str, int]) -> None:
    import tensorflow as tf
    from tensorflow.python.eager import context

    if context.context_safe() is not None:
        raise HpoExtError(
            "apply_hardware() came too late: TensorFlow is in use already; call it before "
            "any seed, device query, tensor or model"
        )
    config = tf.compat.v1.ConfigProto()
    for name, value in values.items():
        SETTINGS[name].write(config, value)
    # Eager execution is on from the start, and enabling it again would drop the config in
    # silence: it has to be off for a moment for the config to be taken.
    tf.compat.v1.disable_eager_execution()
    tf.compat.v1.enable_eager_execution(config=config)
    _read_back(values, context.context().config)


def _read_back(values: Mapping[str, int], config: Any) -> None:
    for name, value in values.items():
        found = SETTINGS[name].read(config)
        if found != value:
            raise HpoExtError(
                f"hardware parameter {name}: TensorFlow holds {found} instead of {value}; "
                f"this TensorFlow version does not take it, so remove it from the search space"
            )
