"""Makes tuners and assessors from what a user names."""

from __future__ import annotations

import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.registry import STOPPING_RULES
from nni_hpo_ext.simulate._driver import guarded

__all__ = ["Component", "assessor_component", "import_class", "make", "tuner_component"]

_OURS = "nni_hpo_ext.tuners"
_RANDOM = f"{_OURS}.RandomTuner"
_DIVERSIFIED = f"{_OURS}.DiversifiedTuner"
# What the runner itself gives to a constructor, and the option that decides it.
_RESERVED = {
    "seed": "--seed",
    "optimize_mode": "BENCHMARK",
    "oracle": "BENCHMARK",
    "clock": "--suggest-cost",
    "candidates": "BENCHMARK",
}


@dataclass(frozen=True, slots=True)
class Component:
    """A tuner or an assessor that a user chose.

    Attributes
    ----------
    label
        How tables and traces name it.
    class_name
        Import path of its class.
    arguments
        Class arguments.
    """

    label: str
    class_name: str
    arguments: Mapping[str, Any]


def tuner_component(entry: str, arguments: Mapping[str, Any]) -> Component:
    """Read ``MODE``, ``MODE:SPEC`` or an import path.

    Parameters
    ----------
    entry
        What the user wrote.
    arguments
        Further class arguments.

    Raises
    ------
    ConfigError
        If ``arguments`` hold what the runner decides.
    """
    _refuse_reserved(arguments)
    if "." in entry:
        return Component(_label(entry), entry, arguments)
    if entry == "RANDOM":
        return Component(entry, _RANDOM, arguments)
    mode, _, spec = entry.partition(":")
    named = {"mode": mode, "spec": spec} if spec else {"mode": mode}
    return Component(entry, _DIVERSIFIED, {**named, **arguments})


def _label(path: str) -> str:
    """Short name of a class; others than ours keep their package: NNI has a RandomTuner, too."""
    package, name = path.partition(".")[0], path.rpartition(".")[2]
    return name if package == "nni_hpo_ext" else f"{package}.{name}"


def assessor_component(entry: str, arguments: Mapping[str, Any]) -> Component:
    """Read the name of a stopping rule, or an import path; see `tuner_component`."""
    _refuse_reserved(arguments)
    rule = STOPPING_RULES.get(entry.lower())
    if rule is not None:
        return Component(entry, rule.class_name, {**rule.arguments, **arguments})
    if "." not in entry:
        raise ConfigError(
            f"assessor {entry!r} is unknown: give {', '.join(STOPPING_RULES)} or a class "
            "(package.module.Class)"
        )
    return Component(entry, entry, arguments)


def _refuse_reserved(arguments: Mapping[str, Any]) -> None:
    for name in arguments:
        if name in _RESERVED:
            raise ConfigError(f"class argument {name!r}: {_RESERVED[name]} decides it, remove it")


def import_class(path: str) -> Any:
    """Import ``package.module.Class``; modules in the working directory are found, too.

    Raises
    ------
    ConfigError
        If there is no such class.
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
        Arguments that it gets, too, if its constructor names them.

    Returns
    -------
    tuple
        The object, and the arguments that it got.

    Raises
    ------
    HpoExtError
        If the class cannot be imported or refuses its arguments.
    """
    cls = import_class(choice.class_name)
    names = _argument_names(cls)
    arguments = {**{k: v for k, v in offered.items() if k in names}, **choice.arguments}
    return _construct(choice, lambda: cls(**arguments)), arguments


def _construct(choice: Component, call: Callable[[], Any]) -> Any:
    try:
        return guarded(choice.label, f"making {choice.class_name}", call)
    except HpoExtError as error:
        # An error of ours says already what is wrong with which argument.
        if isinstance(error.__cause__, HpoExtError):
            raise error.__cause__ from error
        raise


def _argument_names(cls: Any) -> set[str]:
    """Names that the constructor takes, and those that it hands on to its base classes."""
    names: set[str] = set()
    for base in inspect.getmro(cls):
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return names - {"self"}
