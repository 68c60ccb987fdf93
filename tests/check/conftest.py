"""A small sound experiment on disk, to be spoilt by the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Write = Callable[..., Path]

_ALGORITHMS = """
from nni.assessor import Assessor
from nni.tuner import Tuner

class Mine(Tuner):
    def __init__(self, size=1):
        if size > 9:
            raise ValueError("size must be below 10")
    def generate_parameters(self, i, **kw): return {}
    def receive_trial_result(self, *args, **kw): pass
    def update_search_space(self, space): pass

class Inherits(Mine):
    def __init__(self, **kw):
        super().__init__(**kw)

class MakesItsOwn(Mine):
    def generate_parameters(self, i, **kw): return {"graph": [1, 2]}

class Dies(Mine):
    def __init__(self):
        import os
        os._exit(3)
"""


@pytest.fixture(autouse=True)
def nni_config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a sound config, changed by the keywords; a value of None removes the key."""
    (tmp_path / "trial.py").write_text("import nni\n")
    (tmp_path / "mine.py").write_text(_ALGORITHMS)
    (tmp_path / "broken.py").write_text("import no_such_library\n")

    def write(**changes: Any) -> Path:
        config: dict[str, Any] = {
            "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
            "trialCommand": "exec python3 trial.py",
            "trialConcurrency": 1,
            "maxTrialNumber": 4,
            "tuner": {"name": "Random"},
            "trainingService": {"platform": "local"},
        }
        config = {k: v for k, v in (config | changes).items() if v is not None}
        path = tmp_path / "config.yml"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        return path

    return write
