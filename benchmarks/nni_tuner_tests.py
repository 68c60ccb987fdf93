"""Run NNI's own tests of search spaces and data imports on any tuner.

The tests are executed from a copy of NNI's sources (``git clone https://github.com/microsoft/nni``,
release 2.5 or later). They expect an exception for a space with ``fail`` in its name, and unlimited
suggestions for the others. A tuner that never repeats a configuration exhausts a finite space, and
is treated like NNI's grid search.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import logging
import sys
import types
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nni_hpo_ext.testing import build

OURS = [f"nni_hpo_ext.tuners.{name}Tuner" for name in ("Dragonfly", "Diversified", "GP", "Forest")]
OURS += [f"nni_hpo_ext.tuners.{name}Tuner" for name in ("Parzen", "Random")]


def load_case(tree: Path) -> type[Any]:
    """Return NNI's test case, with dummies for modules of NNI that cannot be imported."""
    path = tree / "test" / "ut" / "sdk" / "test_builtin_tuners.py"
    if not path.is_file():
        sys.exit(f"{path} does not exist; give the folder of NNI's sources")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("nni."):
            _provide(node.module, [alias.name for alias in node.names])
    spec = importlib.util.spec_from_file_location("nni_tuner_tests_of_the_tree", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    case: type[Any] = module.BuiltinTunersTestCase
    return case


def _provide(module: str, names: list[str]) -> None:
    """Import a module, or replace it by a dummy if current libraries break it."""
    try:
        found: Any = importlib.import_module(module)
    except Exception:  # any error of such a module
        found = sys.modules[module] = types.ModuleType(module)
    for name in names:
        if not hasattr(found, name):
            setattr(found, name, None)


def results(case: type[Any], tree: Path, class_name: str, rounds: int) -> Iterator[tuple[str, str]]:
    """Run NNI's tests on a tuner; yield the name and the error, if any, of each."""
    test = type("Case", (case,), {"test_tuner": lambda self: None})("test_tuner")
    test.setUp()
    test.test_round = rounds
    spaces = json.loads((tree / "test/ut/sdk/assets/search_space.json").read_text())
    valid = {name: space for name, space in spaces.items() if "fail" not in name}

    def make() -> Any:
        return build(class_name, {})

    for name, space in spaces.items():
        test.exhaustive = name in valid
        error = _error(test.search_space_test_one, make, {name: space})
        if name not in valid:
            error = "" if error else "accepted, but must be rejected"
        yield name, error
    yield "all spaces together", _error(test.search_space_test_one, make, valid)
    for kind in ("choice_str", "choice_num"):
        yield f"import_data ({kind})", _error(test.import_data_test, make, kind)


def _error(test: Any, *arguments: Any) -> str:
    try:
        test(*arguments)
    except unittest.SkipTest:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def main() -> None:
    """Run the tests and print the results; exit with 1 if a test fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, help="folder of NNI's sources")
    parser.add_argument("tuners", nargs="*", default=OURS, help="package.module.Class")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of 50 trials; NNI runs 3, for GP 1"
    )
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    case = load_case(arguments.tree)
    table = Table("tuner", "passed", "failed")
    failed = False
    for tuner in arguments.tuners:
        found = list(results(case, arguments.tree, tuner, arguments.rounds))
        wrong = [f"{name}: {error}" for name, error in found if error]
        failed |= bool(wrong)
        table.add_row(tuner, f"{len(found) - len(wrong)}/{len(found)}", "\n".join(wrong))
    Console().print(table)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
