"""Hyperband in a real experiment, with workers side by side and trials that fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml
from nni_home import Home

from nni_hpo_ext.study import End, read_journal, read_study

pytestmark = pytest.mark.e2e

TRIAL = """
import os
import nni
from nni_hpo_ext.trial import epochs_for

params = nni.get_next_parameter()
assert os.environ["NNI_TRIAL_SEQ_ID"] != "1", "this trial fails"
for epoch in range(epochs_for(params, 100)):
    nni.report_intermediate_result(params["x"] + epoch)
nni.report_final_result(params["x"] + epoch)
"""

CONFIG = {
    "experimentName": "hyperband",
    "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
    "trialCommand": "exec python3 trial.py",
    "trialCodeDirectory": ".",
    "trialConcurrency": 2,
    "maxTrialNumber": 9,
    "advisor": {"name": "HyperbandExt", "classArgs": {"max_budget": 4, "eta": 2, "seed": 0}},
    "trainingService": {"platform": "local"},
}


def test_hyperband_runs_as_an_advisor(
    home: Home, processes_at: Callable[[Path], list[psutil.Process]]
) -> None:
    (home.path / "trial.py").write_text(TRIAL)
    (home.path / "config.yml").write_text(yaml.safe_dump(CONFIG))
    home.call("nni_hpo_ext", "register")
    said = home.call("nni_hpo_ext", "run", "config.yml", timeout=500)
    assert "Ended: all trials are done." in said
    assert not processes_at(home.path)

    folders = (home.path / "nni-experiments").iterdir()
    (directory,) = [p for p in folders if (p / "db").is_dir() and not p.is_symlink()]
    trials = read_study(directory).trials
    assert [t.end for t in trials].count(End.FAILED) == 1
    done = [t.params for t in trials if t.end is End.SUCCEEDED and t.params is not None]
    assert [len(t.curve) for t in trials if t.end is End.SUCCEEDED] == [
        params["TRIAL_BUDGET"] for params in done
    ]
    # Of four configurations one failed; of the others the best two went on, and of those one.
    levels = {b: {p["x"] for p in done if p["TRIAL_BUDGET"] == b} for b in (1, 2, 4)}
    best = sorted(levels[1], reverse=True)
    assert len(best) == 3
    assert levels[1] & levels[2] == set(best[:2])
    assert levels[1] & levels[4] == {best[0]}
    assert not read_journal(directory).fallbacks
    home.call("nni_hpo_ext", "report", str(directory))
