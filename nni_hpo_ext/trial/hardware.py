"""Apply the ten hardware (session) parameters to the eager runtime of TensorFlow.

The published programs put these values into the ``ConfigProto`` of a TensorFlow 1 session.
TensorFlow 2 has no session. Its eager context accepts the same message, but only before the context
exists, and several fields take effect only together with others. This module sets all of them,
reads them back, and reports for each whether it takes effect.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial._hardware_settings import SETTINGS

__all__ = [
    "HARDWARE_PARAMETERS",
    "TORCH_ONLY_PARAMETERS",
    "HardwareReport",
    "apply_hardware",
    "checked_number",
    "log_report",
]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HardwareReport:
    """Values and effects of the hardware parameters of a trial.

    Attributes
    ----------
    values
        The values that were set and read back, by parameter.
    outcomes
        ``"applied"`` or ``"inert: reason"``, by parameter.

    Examples
    --------
    >>> report = HardwareReport({"infer_shapes": 1}, {"infer_shapes": "inert: no session"})
    >>> report.summary()
    'hardware parameters: infer_shapes=1 inert: no session'
    >>> report.as_metrics()
    {'infer_shapes': 'inert'}
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
        """Return ``{parameter: "applied" or "inert"}`` for the report of the trial."""
        return {name: text.split(":")[0] for name, text in self.outcomes.items()}


HARDWARE_PARAMETERS: tuple[str, ...] = tuple(SETTINGS)
"""Names of the ten hardware parameters."""

TORCH_ONLY_PARAMETERS = (
    "channels_last",
    "mkldnn",
    "compile_model",
    "bf16_autocast",
    "fp16_autocast",
)
"""Names of the hardware parameters of PyTorch only; see `apply_torch_hardware`."""


def apply_hardware(params: Mapping[str, Any]) -> HardwareReport:
    """Apply the hardware parameters in `params` to the eager runtime of TensorFlow.

    Call it once, before anything else uses TensorFlow: before setting a seed, listing devices, or
    creating a tensor or a model. TensorFlow and Keras may be imported before.

    Parameters
    ----------
    params
        The trial's parameters. Other parameters are ignored; a hardware parameter that is absent
        keeps the default of TensorFlow.

    Returns
    -------
    HardwareReport
        The values that were set, and whether each takes effect.

    Raises
    ------
    ConfigError
        If a value is not an integer within the bounds of the parameter.
    HpoExtError
        If TensorFlow is already in use, or does not accept a value.

    Examples
    --------
    >>> apply_hardware({"LEARNING_RATE": 0.1}).summary()
    'hardware parameters: none given'
    >>> apply_hardware({"infer_shapes": 1}).as_metrics()  # doctest: +SKIP
    {'infer_shapes': 'inert'}
    """
    values = {
        name: checked_number(name, params[name], setting.upper)
        for name, setting in SETTINGS.items()
        if name in params
    }
    if values:
        _set(values)
    report = HardwareReport(
        MappingProxyType(values),
        MappingProxyType({name: SETTINGS[name].outcome for name in values}),
    )
    log_report(report)
    return report


def log_report(report: HardwareReport) -> None:
    """Log the summary of a report, under the same logger name for all frameworks."""
    _logger.info(report.summary())


def checked_number(name: str, value: object, upper: int, lower: int = 0) -> int:
    """Return the value of a hardware parameter as an integer.

    A bool is accepted where `upper` is 1.

    Raises
    ------
    ConfigError
        If the value is not an integer from `lower` to `upper`.
    """
    is_flag = upper == 1
    # bool is an int in Python: fine as a flag, a mistake as a number of threads.
    if type(value) is not int and not (is_flag and isinstance(value, bool)):
        raise ConfigError(
            f"hardware parameter {name} must be an integer, got {value!r} "
            f"({type(value).__name__}); use randint, or choice of integers, in the search space"
        )
    number = int(value)
    if not lower <= number <= upper:
        raise ConfigError(f"hardware parameter {name} must be in {lower}..{upper}, got {number}")
    return number


def _set(values: Mapping[str, int]) -> None:
    import tensorflow as tf
    from tensorflow.python.eager import context

    if context.context_safe() is not None:
        raise HpoExtError(
            "apply_hardware() was called too late: TensorFlow is already in use; call it before "
            "setting a seed, listing devices, or creating a tensor or a model"
        )
    config = tf.compat.v1.ConfigProto()
    for name, value in values.items():
        SETTINGS[name].write(config, value)
    # Eager execution is on by default, and enabling it again ignores the config silently: it must
    # be off for a moment.
    tf.compat.v1.disable_eager_execution()
    tf.compat.v1.enable_eager_execution(config=config)
    _read_back(values, context.context().config)


def _read_back(values: Mapping[str, int], config: Any) -> None:
    for name, value in values.items():
        found = SETTINGS[name].read(config)
        if found != value:
            raise HpoExtError(
                f"hardware parameter {name}: TensorFlow has {found} instead of {value}; this "
                f"version of TensorFlow does not support it, remove it from the search space"
            )
