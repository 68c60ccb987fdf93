"""Parameters of a trial, from defaults, the command line and the tuner."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from nni_hpo_ext.budget import TRIAL_BUDGET
from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, TORCH_ONLY_PARAMETERS
from nni_hpo_ext.trial.schedules import POLICY_PARAMETERS
from nni_hpo_ext.trial.scoring import score_request

__all__ = ["apply_parameters", "epochs_for", "trial_parameters"]

_logger = logging.getLogger(__name__)
_PUBLISHED = "as_published"
_WITHOUT_DEFAULT = (*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS, TRIAL_BUDGET)


def trial_parameters(
    defaults: Mapping[str, bool | int | float | str],
    argv: Sequence[str] | None = None,
    *,
    published: Mapping[str, bool | int | float | str] | None = None,
) -> dict[str, Any]:
    """Return the parameters of a trial: tuner over command line over `defaults`.

    Every default is also a command-line option: ``--learning-rate 1e-3`` sets ``LEARNING_RATE``,
    in upper or lower case, with dashes or underscores. The hardware parameters, those of
    learning-rate policies and ``TRIAL_BUDGET`` (epochs) are options too, without a default.
    Values from the tuner, through NNI, have precedence; unknown names are kept and logged.
    Without NNI, only the command line counts. When `nni-hpo test` runs the script, the parameters
    are those of the trial to score.

    Parameters
    ----------
    defaults
        Name and default value of each parameter. The type of the value is that of the parameter.
    argv
        The command line without the name of the program; by default that of the process.
    published
        Defaults of the published program, where they differ. The option ``--as-published`` selects
        them.

    Returns
    -------
    dict
        Parameter values by name, spelt as in `defaults`.

    Raises
    ------
    ConfigError
        If a value from the tuner does not fit the type of the default.
    HpoExtError
        If NNI closed its channel before it sent parameters.
    SystemExit
        If an option is unknown or malformed (from argparse).

    Examples
    --------
    >>> trial_parameters({"BATCH_SIZE": 64, "OPTIMIZER": "adam"}, ["--batch-size", "32"])
    {'BATCH_SIZE': 32, 'OPTIMIZER': 'adam'}
    """
    given = _from_command_line(defaults, argv, published)
    base = {**defaults, **published} if given.pop(_PUBLISHED, False) and published else defaults
    params: dict[str, Any] = {**base, **given}
    typed = {**POLICY_PARAMETERS, **defaults}
    known = {_folded(name): name for name in (*typed, *_WITHOUT_DEFAULT)}
    for proposed, value in _from_tuner().items():
        name = known.get(_folded(proposed), proposed)
        if _folded(proposed) not in known:
            _logger.warning(
                "the tuner proposes %s=%r, which this trial does not use", proposed, value
            )
        params[name] = _fitted(name, value, typed[name]) if name in typed else value
    return params


def apply_parameters(*targets: Any) -> Any:
    """Give a script's own options the values that the tuner proposes.

    Call it once, where the options are known: ``apply_parameters(args)`` after
    ``args = parser.parse_args()``, with several dataclasses, or with ``globals()``. Without NNI
    nothing changes.

    Parameters
    ----------
    *targets
        Objects with attributes, such as an ``argparse.Namespace``, or mutable mappings. They are
        changed in place. Each proposed value goes to the targets that have its name already, with
        the type of the value there: 64.0 becomes 64 in place of an integer.

    Returns
    -------
    object
        The target, or a tuple of all if there are several.

    Raises
    ------
    ConfigError
        If no target has a parameter of the tuner, or a value does not fit the type of the option.
    HpoExtError
        If NNI closed its channel before it sent parameters.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("--lr", type=float, default=0.1)
    >>> args = apply_parameters(parser.parse_args([]))
    >>> args.lr  # outside NNI, as the command line says
    0.1
    """
    views = [target if isinstance(target, MutableMapping) else vars(target) for target in targets]
    for name, value in _from_tuner().items():
        found = [view for view in views if name in view]
        if not found and name != TRIAL_BUDGET:
            raise ConfigError(
                f"the tuner proposes {name}={value!r}, but the script has no option {name!r}; "
                "correct the name in the search space"
            )
        for view in found:
            view[name] = _adapted(name, value, view[name])
    return targets[0] if len(targets) == 1 else targets


def _adapted(name: str, value: Any, present: Any) -> Any:
    """Return `value` as the type of an option's present value, as far as that is known.

    An option that takes fractions may have an integer as its default, and None has no type.
    """
    is_fraction = isinstance(value, float) and not value.is_integer()
    if type(present) not in (bool, int, float, str) or (type(present) is int and is_fraction):
        return value
    return _fitted(name, value, present)


def epochs_for(params: Mapping[str, Any], planned: int) -> int:
    """Return the number of epochs to train: ``TRIAL_BUDGET`` if given, otherwise `planned`.

    Raises
    ------
    ConfigError
        If the number is not an integer of at least 1.

    Examples
    --------
    >>> epochs_for({"LEARNING_RATE": 0.1}, 10)
    10
    >>> epochs_for({"TRIAL_BUDGET": 3}, 10)
    3
    """
    epochs = params.get(TRIAL_BUDGET, planned)
    is_number = isinstance(epochs, (int, float)) and not isinstance(epochs, bool)
    if not is_number or not float(epochs).is_integer() or epochs < 1:
        name = TRIAL_BUDGET if TRIAL_BUDGET in params else "epochs"
        raise ConfigError(f"{name} must be an integer of at least 1, got {epochs!r}")
    return int(epochs)


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _from_command_line(
    defaults: Mapping[str, bool | int | float | str],
    argv: Sequence[str] | None,
    published: Mapping[str, bool | int | float | str] | None,
) -> dict[str, Any]:
    parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS, allow_abbrev=False)
    if published:
        changed = ", ".join(f"{name} {value!r}" for name, value in published.items())
        note = f"train as the published program: {changed}"
        parser.add_argument("--as-published", dest=_PUBLISHED, action="store_true", help=note)
    for name, default in defaults.items():
        _add_option(parser, name, _reader(default), f"default: {default!r}")
    for name, default in POLICY_PARAMETERS.items():
        if name not in defaults:
            _add_option(
                parser, name, _reader(default), f"default, if the policy uses it: {default!r}"
            )
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
    if request := score_request():
        return dict(request.parameters)
    import nni

    with warnings.catch_warnings():
        # Running without NNI is supported and needs no warning.
        warnings.simplefilter("ignore", RuntimeWarning)
        params: dict[str, Any] | None = nni.get_next_parameter()
    if params is None:
        raise HpoExtError("NNI sent no parameters: its channel to the trial is closed")
    return params


def _fitted(name: str, value: Any, default: bool | int | float | str) -> Any:
    """Return `value` as the type of `default`, if that loses nothing."""
    kind = type(default)
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if fits:
        return value
    if kind is str and isinstance(value, Mapping) and "_name" in value:
        return value  # a nested choice, where the command line gives the name only
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # quniform proposes integers as floats, and a choice may list both 1 and 0.5.
    if is_number and kind in (int, float) and kind(value) == value:
        return kind(value)
    if is_number and kind is bool and value in (0, 1):
        return bool(value)
    raise ConfigError(
        f"parameter {name} must be a {kind.__name__}, the tuner proposed {value!r}; "
        f"correct its type in the search space"
    )
