"""One way for a trial to get its parameters: defaults, then command line, then the tuner."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, TORCH_ONLY_PARAMETERS
from nni_hpo_ext.trial.schedules import POLICY_PARAMETERS

_LOG = logging.getLogger(__name__)
_BUDGET = "TRIAL_BUDGET"
_WITHOUT_DEFAULT = (*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS, _BUDGET)


def trial_parameters(
    defaults: Mapping[str, bool | int | float | str],
    argv: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return a trial's parameters: `defaults`, overridden by options, overridden by the tuner.

    Every default is also a command-line option: ``LEARNING_RATE`` is set by
    ``--learning-rate 1e-3``, upper or lower case, with dashes or underscores. The hardware
    parameters, those of learning-rate policies and ``TRIAL_BUDGET`` (epochs) are options too,
    without a default. The tuner's values, which NNI hands over, win; names of the tuner's that
    are none of these are kept and logged. Without NNI the command line alone counts.

    Parameters
    ----------
    defaults : mapping
        Each parameter's name and default value. The value's type is the parameter's type.
    argv : sequence of str, optional
        The command line without the program's name. Left out: that of the process.

    Returns
    -------
    dict
        Parameter name (spelt as in `defaults`) to value.

    Raises
    ------
    ConfigError
        A value of the tuner's does not fit the default's type.
    HpoExtError
        NNI closed its channel before it handed over parameters.
    SystemExit
        An option is unknown or malformed (from argparse).
    """
    params: dict[str, Any] = {**defaults, **_from_command_line(defaults, argv)}
    typed = {**POLICY_PARAMETERS, **defaults}
    known = {_folded(name): name for name in (*typed, *_WITHOUT_DEFAULT)}
    for given, value in _from_tuner().items():
        name = known.get(_folded(given), given)
        if _folded(given) not in known:
            _LOG.warning("parameter %s=%r of the tuner is not one this trial uses", given, value)
        params[name] = _fitted(name, value, typed[name]) if name in typed else value
    return params


def epochs_for(params: Mapping[str, Any], planned: int) -> int:
    """Return how many epochs to train: ``TRIAL_BUDGET`` where it was given, else `planned`.

    Raises
    ------
    ConfigError
        The number is not a whole number of at least 1.
    """
    epochs = params.get(_BUDGET, planned)
    is_number = isinstance(epochs, (int, float)) and not isinstance(epochs, bool)
    if not is_number or not float(epochs).is_integer() or epochs < 1:
        name = _BUDGET if _BUDGET in params else "epochs"
        raise ConfigError(f"{name}: {epochs!r} is not a whole number of at least 1")
    return int(epochs)


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _from_command_line(
    defaults: Mapping[str, bool | int | float | str], argv: Sequence[str] | None
) -> dict[str, Any]:
    parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS, allow_abbrev=False)
    for name, default in defaults.items():
        _add_option(parser, name, _reader(default), f"default: {default!r}")
    for name, default in POLICY_PARAMETERS.items():
        if name not in defaults:
            _add_option(parser, name, _reader(default), f"taken as {default!r} where it matters")
    for name in _WITHOUT_DEFAULT:
        _add_option(parser, name, int, "default: not set")
    words = sys.argv[1:] if argv is None else argv
    return vars(parser.parse_args([_folded_option(word) for word in words]))


def _add_option(parser: argparse.ArgumentParser, name: str, kind: Any, note: str) -> None:
    option = "--" + _folded(name).replace("_", "-")
    parser.add_argument(option, dest=name, type=kind, help=note, metavar="VALUE")


def _folded_option(word: str) -> str:
    if not word.startswith("--"):
        return word
    option, equals, value = word.partition("=")
    return "--" + option[2:].lower().replace("_", "-") + equals + value


def _reader(default: bool | int | float | str) -> Any:
    return _flag if isinstance(default, bool) else type(default)


def _flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(words)}")
    return words[text.lower()]


def _from_tuner() -> dict[str, Any]:
    import nni

    with warnings.catch_warnings():
        # Running without NNI is a supported way, not a mistake to warn of.
        warnings.simplefilter("ignore", RuntimeWarning)
        params: dict[str, Any] | None = nni.get_next_parameter()
    if params is None:
        raise HpoExtError("NNI handed over no parameters: its channel to the trial is closed")
    return params


def _fitted(name: str, value: Any, default: bool | int | float | str) -> Any:
    """Return the tuner's `value` as the type of `default`, where nothing is lost by that."""
    kind = type(default)
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if fits:
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # quniform proposes whole numbers as floats, and a choice may list 1 beside 0.5.
    if is_number and kind in (int, float) and kind(value) == value:
        return kind(value)
    if is_number and kind is bool and value in (0, 1):
        return bool(value)
    raise ConfigError(
        f"parameter {name}: the tuner proposed {value!r}, but this trial needs a "
        f"{kind.__name__}; correct its type in the search space"
    )
