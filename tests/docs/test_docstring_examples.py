"""The examples in docstrings run, and every public class and function has one."""

from __future__ import annotations

import dataclasses
import doctest
import enum
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
from test_architecture import PACKAGE
from test_docstrings import OBJECTS

# Processes of their own, which do their work when they are imported.
PROCESSES = ("_probe_main", "runner_main", "__main__")
LIBRARIES = ("catboost", "lightgbm", "lightning", "skorch", "torch", "transformers", "xgboost")
# A package that an example needs, beside those that every installation has.
OPTIONAL = {
    "nni_hpo_ext.trial.keras": "tensorflow",
    "nni_hpo_ext.ray": "ray.tune",
    "nni_hpo_ext.optuna": "optuna.samplers",
    **{f"nni_hpo_ext.trial.{library}": library for library in LIBRARIES},
}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.stem not in PROCESSES and ">>>" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package, library in OPTIONAL.items():
        if name.startswith(package):
            pytest.importorskip(library, reason=f"{library} is not installed: an extra")
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def is_used_by_name(thing: Any) -> bool:
    """Whether users call it: not a record that is only returned, an error or a protocol."""
    if inspect.isfunction(thing):
        return True
    return not (
        dataclasses.is_dataclass(thing)
        or issubclass(thing, (Exception, enum.Enum))
        or getattr(thing, "_is_protocol", False)
    )


NAMED = [n for n, thing in OBJECTS.items() if n.count(".") == 1 and is_used_by_name(thing)]


@pytest.mark.parametrize("name", NAMED)
def test_a_public_class_or_function_has_an_example(name: str) -> None:
    assert "Examples\n" in inspect.cleandoc(OBJECTS[name].__doc__ or "")
