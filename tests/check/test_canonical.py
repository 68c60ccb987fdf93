"""Keys in any of the spellings that NNI takes are the same keys, and their mistakes are seen."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_hpo_ext import registry
from nni_hpo_ext.check import _algorithm, _check, check_config
from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.config import load_config, read_config

ROOT = Path(__file__).parent.parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yml"))
_NESTED = ("tuner", "assessor", "trainingService")


@pytest.fixture(autouse=True)
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [Probe("done")] * len(targets))


@pytest.fixture
def no_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach no remote workers, and have a key for them."""
    monkeypatch.setattr(_check, "check_machines", lambda config, imports: [])
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").touch()


def snake(config: dict[str, Any]) -> dict[str, Any]:
    """Spell the keys that are NNI's in snake case."""
    return {
        re.sub("([A-Z])", r"_\1", key).lower(): snake(value) if key in _NESTED else value
        for key, value in config.items()
    }


def in_snake_case(path: Path, **changes: Any) -> Path:
    content = snake(yaml.safe_load(path.read_text())) | changes
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.usefixtures("no_machines")
@pytest.mark.parametrize("original", CONFIGS, ids=lambda p: p.name)
def test_our_configs_in_snake_case_are_sound_and_the_same(original: Path, tmp_path: Path) -> None:
    registry.register()
    for folder in ("examples", "search_spaces"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "configs").mkdir()
    copy = tmp_path / "configs" / "c.yml"
    shutil.copy(original, copy)
    before = read_config(copy).values
    in_snake_case(copy)
    assert read_config(copy).values == before
    assert check_config(copy) == []
    assert load_config(copy).json()["trialConcurrency"] == before["trialConcurrency"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trial_concurrency": -1}, "trial_concurrency: -1 is not a positive integer"),
        ({"max_trial_numbr": 1}, "max_trial_numbr: is not an NNI key; did you mean maxTrial"),
        ({"search_space": {"x": 1}}, "search_space.x: 1 is not a parameter"),
        ({"trial_command": "exec python3 no.py"}, "trial_command: 'no.py' is not in"),
        ({"tuner": {"name": "TPE", "class_args": [1]}}, "tuner.class_args: [1] is not a mapping"),
        (
            {"training_service": {"platform": "local", "use_activ_gpu": True}},
            "training_service.use_activ_gpu: is not an NNI key; did you mean useActiveGpu?",
        ),
        ({"trialCommand": "exec python3 trial.py"}, "given twice"),
    ],
)
def test_findings_name_keys_as_they_are_written(
    write: Any, changes: dict[str, Any], said: str
) -> None:
    (finding,) = check_config(in_snake_case(write(), **changes))
    assert said in str(finding)


def test_a_list_of_training_services_needs_the_managers_address(write: Any) -> None:
    path = write(trainingService=[{"platform": "local"}])
    assert "nniManagerIp: missing; NNI 3.0 fails" in str(check_config(path)[0])
    assert (
        check_config(write(trainingService=[{"platform": "local"}], nniManagerIp="10.0.0.1")) == []
    )


def test_a_working_directory_that_cannot_be_made(write: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = check_config(write(experimentWorkingDirectory="file/experiments"))
    assert finding.finding.where == "experimentWorkingDirectory"
    assert f"cannot be created: {tmp_path / 'file'} is not a directory" in str(finding)
    assert check_config(write(experimentWorkingDirectory="new/experiments")) == []
    assert not (tmp_path / "new").exists()
