"""What the reference says of every public name: all its parameters, fields and errors."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import nni_hpo_ext

# Packages for a framework that is an extra.
EXTRAS = {"optuna": "optuna.samplers", "ray": "ray.tune"}
# What users import nothing from: the commands, and modules that the packages share.
PRIVATE = {
    "__main__", "arguments", "asktell", "cli", "database", "files", "function_process", "journal",
    "render", "dragonfly", "web",
}  # fmt: skip


def is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


PACKAGES = sorted(
    info.name
    for info in pkgutil.iter_modules(nni_hpo_ext.__path__)
    if info.name not in PRIVATE and is_installed(EXTRAS.get(info.name, "nni_hpo_ext"))
)
# A function of so many parameters or more has a section for them.
MANY = 3


def public_objects() -> Iterator[tuple[str, Any]]:
    for package in PACKAGES:
        module = importlib.import_module(f"nni_hpo_ext.{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            yield f"{package}.{name}", thing
            for key, method in vars(thing).items() if inspect.isclass(thing) else ():
                if inspect.isfunction(method) and not key.startswith(("_", "test_")):
                    yield f"{package}.{name}.{key}", method


def sections(thing: Any) -> dict[str, set[str]]:
    """Return the names that each section of a docstring describes."""
    lines = (inspect.cleandoc(thing.__doc__ or "")).splitlines()
    found: dict[str, set[str]] = {}
    title = ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if below and set(below) == {"-"}:
            title = line
            found[title] = set()
        elif title and line and not line.startswith((" ", "-")):
            found[title] |= {part.lstrip("*") for part in line.split(" : ")[0].split(", ")}
    return found


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "cls"}


def gaps(thing: Any) -> str:
    """Return what a docstring lacks, empty if nothing."""
    if not thing.__doc__:
        # The default of a field that is a function has the field's description.
        return "" if thing.__name__ == "<lambda>" else "no docstring"
    said = sections(thing)
    described = said.get("Parameters", set())
    if inspect.isfunction(thing):
        wanted = parameters(thing)
        if "Parameters" not in said and len(wanted) < MANY:
            wanted = set()
        raised = set(re.findall(r"raise (\w+Error)\b", inspect.getsource(thing)))
        if raised and "Raises" not in said:
            return f"Raises: {raised}"
    elif "__dataclass_fields__" in vars(thing):  # not only inherited
        wanted = {f.name for f in dataclasses.fields(thing) if not f.name.startswith("_")}
        described = described | said.get("Attributes", set())
    elif "__init__" in vars(thing) and not getattr(thing, "_is_protocol", False):
        wanted = parameters(thing.__init__)
    else:
        return ""
    return f"described {described}, not {wanted}" if described != wanted else ""


OBJECTS = dict(public_objects())


@pytest.mark.parametrize("name", OBJECTS)
def test_a_public_name_describes_all_that_it_takes_and_raises(name: str) -> None:
    assert gaps(OBJECTS[name]) == ""
