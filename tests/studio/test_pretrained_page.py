"""The choice of pretrained weights on the page of a new study."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient
from visits import imported


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("KERAS_HOME", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr("nni_hpo_ext.trial.pretrained.find_spec", lambda name: object())
    return tmp_path / "TORCH_HOME" / "hub" / "checkpoints"


def checked(client: TestClient, page: str, **choices: str) -> tuple[str, list[str]]:
    answer = client.post(f"{page}/check", data={"models": "svm", **choices})
    return answer.json()["yaml"], answer.json()["findings"]


def test_the_page_says_where_it_found_no_weights(
    client: TestClient, archive: Path, cache: Path
) -> None:
    page = client.get(imported(client, archive) + "/new").text
    assert "No weights were found in" in page
    assert str(cache) in page


def test_weights_in_a_cache_can_be_chosen(client: TestClient, archive: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "resnet18-f37072fd.pth").touch()
    path = imported(client, archive)
    found = f"torch:resnet18:{cache / 'resnet18-f37072fd.pth'}"
    assert f'<option value="{found}">' in client.get(f"{path}/new").text
    text, _ = checked(client, path, weights=found, network_size="96")
    config = yaml.safe_load(text)
    assert f"--weights {found} --network-size 96" in config["trialCommand"]
    assert "embedding" in str(config["searchSpace"])
    assert "embedding" not in checked(client, path)[0]


def test_a_file_is_used_with_the_network_that_is_named(
    client: TestClient, archive: Path, tmp_path: Path
) -> None:
    (file := tmp_path / "best.pth").touch()
    path = imported(client, archive)
    text, _ = checked(client, path, weights_file=str(file), network="resnet18")
    assert f"--weights torch:resnet18:{file} " in yaml.safe_load(text)["trialCommand"]


@pytest.mark.parametrize(
    ("file", "problem"),
    [("absent.pth", "do not exist; nothing is downloaded"), ("notes.txt", "neither a file")],
)
def test_weights_that_cannot_be_used_are_a_finding(
    client: TestClient, archive: Path, tmp_path: Path, file: str, problem: str
) -> None:
    _, findings = checked(client, imported(client, archive), weights_file=str(tmp_path / file))
    assert [problem in finding for finding in findings] == [True]
