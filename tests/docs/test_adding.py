"""The code on the pages "Adding an arm" and "Adding an assessor" does what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pages import blocks

from nni_hpo_ext.tuners import DiversifiedTuner

MODULES = {"arm": "my_arms.py", "assessor": "my_stop.py"}


@pytest.fixture(params=MODULES)
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the files of a page where the experiment would have them; return the page."""
    name = f"adding-an-{request.param}.md"
    code, suite = blocks(name, "python")
    (tmp_path / MODULES[request.param]).write_text(code)
    (tmp_path / "test_it.py").write_text(suite)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return name


def test_the_suite_on_the_page_passes(page: str) -> None:
    # A part that touches all of the class; the whole suite takes twenty seconds.
    chosen = ["-k", "seed or learns or never or hopeless or resumed"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *chosen,
        "test_it.py",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("page", ["arm"], indirect=True)
@pytest.mark.parametrize("number", [0, 1])
def test_the_arm_answers_in_its_turn(
    page: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    config = yaml.safe_load(blocks(page, "yaml")[number])["tuner"]
    arms = config.get("classArgs", config)["arms"]
    tuner = DiversifiedTuner(arms=arms, spec="SEQ", num_init_evals=4, seed=0)
    tuner.update_search_space({"x": {"_type": "uniform", "_value": [0, 1]}})
    for i in range(4 + len(arms)):
        params = tuner.generate_parameters(i)
        tuner.receive_trial_result(i, params, -abs(params["x"] - 0.3))
    events = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert "LOCAL" in {e.get("arm") for e in events}
    assert not [e for e in events if e["event"] == "fallback"]


@pytest.mark.parametrize("page", ["assessor"], indirect=True)
def test_the_config_of_the_assessor_makes_it(page: str) -> None:
    config = yaml.safe_load(blocks(page, "yaml")[0])["assessor"]
    module, _, name = config["className"].rpartition(".")
    assert getattr(__import__(module), name)(**config["classArgs"])
