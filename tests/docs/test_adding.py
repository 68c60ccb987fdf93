"""The code on the pages "Adding an arm" and "Adding an assessor" does what they say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pages import blocks

from nni_hpo_ext.tuners import DiversifiedTuner

MODULES = {"adding-an-arm.md": "my_arms.py", "adding-an-assessor.md": "my_stop.py"}
# A part of the suites that touches all of the classes; all of it takes twenty seconds.
CASES = "seed or learns or never or hopeless or resumed"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the files of the pages where an experiment would have them."""
    for page, name in MODULES.items():
        code, suite = blocks(page, "python")
        (tmp_path / name).write_text(code)
        (tmp_path / f"test_{name}").write_text(suite)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_suites_on_the_pages_pass(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", CASES]
    done = subprocess.run([*command, "-rA"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert {"TestLocal", "TestPatience"} <= set(re.findall(r"PASSED .*::(\w+)::", done.stdout))


@pytest.mark.parametrize("number", [0, 1])
def test_the_arm_answers_in_its_turn(
    folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    config = yaml.safe_load(blocks("adding-an-arm.md", "yaml")[number])["tuner"]
    arms = config.get("classArgs", config)["arms"]
    tuner = DiversifiedTuner(arms=arms, spec="SEQ", num_init_evals=4, seed=0)
    tuner.update_search_space({"x": {"_type": "uniform", "_value": [0, 1]}})
    for i in range(4 + len(arms)):
        params = tuner.generate_parameters(i)
        tuner.receive_trial_result(i, params, -abs(params["x"] - 0.3))
    events = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert "LOCAL" in {e.get("arm") for e in events}
    assert not [e for e in events if e["event"] == "fallback"]


@pytest.mark.usefixtures("folder")
def test_the_config_of_the_assessor_makes_it() -> None:
    config = yaml.safe_load(blocks("adding-an-assessor.md", "yaml")[0])["assessor"]
    module, _, name = config["className"].rpartition(".")
    assert getattr(__import__(module), name)(**config["classArgs"])
