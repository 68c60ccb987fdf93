"""Without dragonfly-opt the error holds the command that installs it."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest

from nni_hpo_ext.dragonfly import install
from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.tuners import DragonflyTuner, RandomTuner


def test_without_dragonfly_the_tuner_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec

    def absent(name: str, *rest: Any) -> Any:
        return None if name == "dragonfly" else find_spec(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", absent)
    with pytest.raises(MissingDependencyError, match=re.escape(install.COMMAND)):
        DragonflyTuner()
    RandomTuner()


def test_an_installed_version_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.main() == 0
    assert capsys.readouterr().out == f"{install.REQUIREMENT} is already installed\n"
