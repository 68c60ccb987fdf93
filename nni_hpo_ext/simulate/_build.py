"""Build tuners and assessors from the names that a user gives."""

from __future__ import annotations

import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.registry import STOPPING_RULES, class_named
from nni_hpo_ext.simulate.driver import guarded

__all__ = ["Component", "accepted", "assessor_component", "import_class", "make", "tuner_component"]

_OURS = "nni_hpo_ext.tuners"
_NAMED = {
    "RANDOM": f"{_OURS}.RandomTuner",
    "HYPERBAND": f"{_OURS}.HyperbandTuner",
    "BOHB": f"{_OURS}.BOHBTuner",
}
_DIVERSIFIED = f"{_OURS}.DiversifiedTuner"
# Class arguments that the simulation sets itself, and the option that controls each.
_RESERVED = {
    "seed": "--seed",
    "optimize_mode": "BENCHMARK",
    "oracle": "BENCHMARK",
    "clock": "--suggest-cost",
    "candidates": "BENCHMARK",
}


@dataclass(frozen=True, slots=True)
class Component:
    """A tuner or an assessor: a class with its arguments.

    Attributes
    ----------
    label
        Name in tables and traces.
    class_name
        Import path of the class.
    arguments
        Class arguments.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Component
    >>> Component("TPE", "nni.algorithms.hpo.tpe_tuner.TpeTuner", {"seed": 0}).label
    'TPE'
    """

    label: str
    class_name: str
    arguments: Mapping[str, Any]


def tuner_component(entry: str, arguments: Mapping[str, Any]) -> Component:
    """Parse ``MODE``, ``MODE:SPEC``, a name such as ``Grid`` or ``HYPERBAND``, or an import path.

    Parameters
    ----------
    entry
        The text to parse.
    arguments
        Further class arguments.

    Raises
    ------
    ConfigError
        If ``arguments`` contains an argument that the simulation sets itself.
    """
    _refuse_reserved(arguments)
    if "." in entry:
        return Component(_label(entry), entry, arguments)
    class_name = _NAMED.get(entry) or class_named(entry)
    if class_name is not None:
        return Component(entry, class_name, arguments)
    mode, _, spec = entry.partition(":")
    named = {"mode": mode, "spec": spec} if spec else {"mode": mode}
    return Component(entry, _DIVERSIFIED, {**named, **arguments})


def _label(path: str) -> str:
    """Return the class name; foreign classes keep their package, as NNI has a RandomTuner too."""
    package, name = path.partition(".")[0], path.rpartition(".")[2]
    return name if package == "nni_hpo_ext" else f"{package}.{name}"


def assessor_component(entry: str, arguments: Mapping[str, Any]) -> Component:
    """Parse the name of a stopping rule, or an import path; see `tuner_component`."""
    _refuse_reserved(arguments)
    rule = STOPPING_RULES.get(entry.lower())
    if rule is not None:
        return Component(entry, rule.class_name, {**rule.arguments, **arguments})
    if "." not in entry:
        raise ConfigError(
            f"unknown assessor {entry!r}: must be {', '.join(STOPPING_RULES)} or a class "
            "(package.module.Class)"
        )
    return Component(entry, entry, arguments)


def _refuse_reserved(arguments: Mapping[str, Any]) -> None:
    for name in arguments:
        if name in _RESERVED:
            raise ConfigError(f"class argument {name!r} is set by {_RESERVED[name]}: remove it")


def import_class(path: str) -> Any:
    """Import ``package.module.Class``; the working directory is searched, too.

    Raises
    ------
    ConfigError
        If the class cannot be imported.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import import_class
    >>> import_class("nni_hpo_ext.tuners.RandomTuner").__name__
    'RandomTuner'
    """
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        return pkgutil.resolve_name(path)
    except HpoExtError:
        raise
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"class {path!r} cannot be imported: {error}") from error


def make(choice: Component, offered: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Build a tuner or an assessor.

    Parameters
    ----------
    choice
        The class and its arguments.
    offered
        Further arguments, passed only if the constructor accepts them.

    Returns
    -------
    tuple
        The object, and the arguments it was built with.

    Raises
    ------
    HpoExtError
        If the class cannot be imported or rejects its arguments.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Component, make
    >>> choice = Component("random", "nni_hpo_ext.tuners.RandomTuner", {})
    >>> tuner, arguments = make(choice, {"seed": 1, "not_an_argument": 2})
    >>> arguments
    {'seed': 1}
    """
    cls = import_class(choice.class_name)
    arguments = accepted(choice, offered)
    return _construct(choice, lambda: cls(**arguments)), arguments


def accepted(choice: Component, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a component, with those offered that its class accepts.

    Raises
    ------
    ConfigError
        If the class cannot be imported.
    """
    names = _argument_names(import_class(choice.class_name))
    return {**{k: v for k, v in offered.items() if k in names}, **choice.arguments}


def _construct(choice: Component, call: Callable[[], Any]) -> Any:
    try:
        return guarded(choice.label, f"constructing {choice.class_name}", call)
    except HpoExtError as error:
        # An error of this package already names the argument at fault.
        if isinstance(error.__cause__, HpoExtError):
            raise error.__cause__ from error
        raise


def _argument_names(cls: Any) -> set[str]:
    """Return the names a constructor accepts, with those it passes on to its base classes."""
    names: set[str] = set()
    for base in inspect.getmro(cls):
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return names - {"self"}
