"""Studies on other machines, and with hardware parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient
from visits import imported

from nni_hpo_ext import registry
from nni_hpo_ext.check import check_config
from nni_hpo_ext.config import load_config
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.remote import machines_of
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.jobs import write_config
from nni_hpo_ext.studio.models import StudyPlan, study_config


@pytest.fixture(autouse=True)
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    registry.register()


def test_workers_become_a_training_service_of_nni(images: ImageSet, tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    plan = StudyPlan(
        "colours", images.folder, ["svm"], workers="ada@127.0.0.1:9 /venv/bin\n\n bob@gpu2\n",
        ssh_key=str(tmp_path / "key"), address="127.0.0.1",
    )  # fmt: skip
    path = write_config(tmp_path / "study", study_config(plan, images.size))
    config = load_config(path).json()
    first, second = machines_of(config)
    assert (str(first), first.python_path) == ("ada@127.0.0.1:9", "/venv/bin")
    assert (str(second), second.key_file) == ("bob@gpu2", tmp_path / "key")
    assert config["nniManagerIp"] == "127.0.0.1"
    # NNI copies this folder to the workers: it must not contain the experiment.
    assert list(Path(config["trialCodeDirectory"]).iterdir()) == []


def test_the_check_accepts_all_but_a_worker_that_is_not_there(
    images: ImageSet, tmp_path: Path
) -> None:
    (tmp_path / "key").touch()
    plan = StudyPlan(
        "colours", images.folder, ["svm"], workers="ada@127.0.0.1:9",
        ssh_key=str(tmp_path / "key"), address="127.0.0.1",
    )  # fmt: skip
    found = check_config(write_config(tmp_path / "study", study_config(plan, images.size)))
    (finding,) = [each.finding for each in found if each.is_error]
    assert str(finding).startswith("trainingService.machineList.0"), finding


@pytest.mark.parametrize("line", ["gpu1", "ada@", "ada@gpu1:port", "ada@gpu1 /venv/bin more"])
def test_a_line_that_is_not_a_worker_is_refused(line: str) -> None:
    plan = StudyPlan("colours", Path("set"), ["svm"], workers=line)
    with pytest.raises(ConfigError, match="must look like ada@192"):
        study_config(plan, 24)


def test_the_form_has_workers(client: TestClient, archive: Path) -> None:
    path = imported(client, archive)
    page = client.get(f"{path}/new").text
    assert 'name="workers"' in page
    assert "under the same path: " in page
    choices = {"models": "svm", "workers": "ada@127.0.0.1:9", "ssh_key": "/no/key"}
    found = client.post(f"{path}/check", data=choices).json()
    assert yaml.safe_load(found["yaml"])["trainingService"]["platform"] == "remote"
    assert any("sshKeyFile" in line for line in found["findings"])
    assert any("nniManagerIp" in line for line in found["findings"])


def test_hardware_parameters_are_options_of_deep_models() -> None:
    plan = StudyPlan("colours", Path("set"), ["svm", "small_cnn"], "Dragonfly", hardware=True)
    config = study_config(plan, 24)
    shallow, deep = config["searchSpace"]["model"]["_value"]
    assert "global_jit_level" in deep
    assert not set(shallow) & set(deep) - {"_name"}
    space = SearchSpace(config["searchSpace"])
    starts: list[Any] = config["tuner"]["classArgs"]["start_from"]
    assert all(start in space for start in starts)
