"""The runner of NNI's own tuner tests, on sources that are made up: NNI's are not ours to keep."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "nni_tuner_tests.py"

_CASE = """
from unittest import TestCase
from nni.algorithms.hpo.smac_tuner import SMACTuner  # cannot be imported today
from nni.algorithms.hpo.gone_tuner import GoneTuner
from nni.tuner import Tuner

class BuiltinTunersTestCase(TestCase):
    def setUp(self):
        self.test_round, self.params_each_round, self.exhaustive = 3, 50, False
    def search_space_test_one(self, factory, space):
        assert self.test_round == 2
        tuner = factory()
        tuner.update_search_space(space)
        found = tuner.generate_multiple_parameters([0, 1])
        if not found and not self.exhaustive:
            raise ValueError("No parameters generated")
        assert all(set(params) == set(space) for params in found)
    def import_data_test(self, factory, kind):
        assert factory() is not None and kind in ("choice_str", "choice_num")
"""
_SPACES = """
{"x_ok": {"_type": "choice", "_value": [0.1]},
 "x_fail": {"_type": "randint", "_value": [0, 0]}}
"""


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("nni_tuner_tests", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_spaces_and_imports_are_tried_one_by_one(script: Any, tmp_path: Path) -> None:
    tests = tmp_path / "test" / "ut" / "sdk"
    (tests / "assets").mkdir(parents=True)
    (tests / "test_builtin_tuners.py").write_text(_CASE)
    (tests / "assets" / "search_space.json").write_text(_SPACES)
    case = script.load_case(tmp_path)
    ours = dict(script.results(case, tmp_path, "nni_hpo_ext.tuners.RandomTuner", rounds=2))
    assert list(ours) == [
        *("x_ok", "x_fail", "all spaces together"),
        *("import_data (choice_str)", "import_data (choice_num)"),
    ]
    assert set(ours.values()) == {""}
    nnis = dict(
        script.results(case, tmp_path, "nni.algorithms.hpo.batch_tuner.BatchTuner", rounds=2)
    )
    assert nnis["x_ok"].startswith("TypeError")  # its configurations have no names
    assert nnis["x_fail"] == ""


def test_a_folder_without_nnis_tests_is_refused(script: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="give the folder of NNI's sources"):
        script.load_case(tmp_path)
