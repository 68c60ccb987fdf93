"""What a config says about worker machines, and the explanation of each problem there."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_hpo_ext.check import _algorithm, _check, check_config, summarise
from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.check._worker_words import explain
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.remote import Execution, Machine, Reply, Survey

MACHINE = Machine("gpu1", 22, "ada", key_file=Path("/keys/a"), python_path="/venv/bin")
GOOD = Survey(
    MACHINE,
    Reply(runs=(Execution("python -", "{}", "", 0),)),
    python="3.11.7",
    nni=version("nni"),
    executable="/venv/bin/python",
    pip=True,
    bash=True,
    writable=True,
    home="/home/ada",
    free=2**40,
    caller="10.0.0.5",
)


def only(survey: Survey, code_bytes: int = 0) -> str:
    (finding,) = explain(survey, code_bytes)
    return str(finding).removeprefix("trainingService.machineList.0.")


def test_nothing_is_said_of_a_machine_that_is_fine() -> None:
    assert explain(GOOD, 1000) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("client-socket", "ECONNREFUSED"), "host: gpu1 port 22 refuses connections"),
        (Reply("client-socket", "ENOTFOUND"), "host: gpu1 is not a known host name"),
        (Reply("client-socket", "EHOSTUNREACH"), "host: gpu1 port 22 cannot be reached"),
        (Reply("client-timeout", "Timed out"), "host: gpu1 port 22 does not answer"),
        (Reply("client-authentication", "failed"), "sshKeyFile: ada@gpu1 refuses the key /keys/a"),
        (Reply("key", "no passphrase given"), "sshKeyFile: NNI's ssh client cannot read /keys/a"),
        (Reply("script-timeout"), "host: ada@gpu1 connects, but is too slow"),
        (Reply("other", "bad packet"), "breaks the connection: bad packet"),
        (Reply(), "pythonPath: neither python nor python3 in /venv/bin on ada@gpu1 runs"),
        (
            Reply(runs=(Execution("python -", "", "no libz\n", 1),)),
            "pythonPath: the Python in /venv/bin on ada@gpu1 fails: no libz",
        ),
    ],
)
def test_a_machine_that_cannot_be_used(reply: Reply, said: str) -> None:
    assert said in only(Survey(MACHINE, reply))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"python": "3.6.9"}, "too old for NNI"),
        ({"nni": "2.10"}, "has NNI 2.10, this machine"),
        ({"nni": "", "nni_error": "No module named 'pkg_resources'"}, "cannot import nni"),
        ({"nni": "", "managed": True}, "does not let pip install it; make a venv there"),
        ({"nni": "", "pip": False}, "neither NNI nor pip"),
        ({"nni": ""}, "warning: /venv/bin/python on ada@gpu1 has no NNI"),
        ({"bash": False}, "has no /bin/bash"),
        ({"writable": False}, "/home/ada on ada@gpu1 cannot be written"),
        ({"free": 1000}, "not enough for two copies of trialCodeDirectory"),
        ({"free": 2**20}, "warning: only 0.0 GiB free"),
        ({"unreached": "Connection refused"}, "for example to 10.0.0.5, or open the firewall"),
        ({"failed": {"torch": "no libcuda"}}, "imports torch, which fails on ada@gpu1: no libcuda"),
    ],
)
def test_what_a_machine_lacks(changes: dict[str, Any], said: str) -> None:
    assert said in only(replace(GOOD, **changes), code_bytes=1000)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a config with remote workers that are not reached."""
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [Probe("done")] * len(targets))
    monkeypatch.setattr(_check, "check_machines", lambda config, imports: [])
    (tmp_path / "key").touch()
    (tmp_path / "trial.py").write_text("import nni\nimport torch\n")

    def written(machine: Any = None, **changes: Any) -> Path:
        machines = [{"host": "gpu1", "user": "ada", "ssh_key_file": "key"} | (machine or {})]
        config = {
            "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
            "trialCommand": "exec python3 trial.py",
            "trialConcurrency": 1,
            "tuner": {"name": "Random"},
            "nniManagerIp": "10.0.0.5",
            "trainingService": {"platform": "remote", "machine_list": machines},
        } | changes
        path = tmp_path / "config.yml"
        path.write_text(yaml.safe_dump({k: v for k, v in config.items() if v is not None}))
        return path

    return written


def test_a_config_with_workers_is_sound(write: Any) -> None:
    path = write()
    assert check_config(path) == []
    assert "  workers: ada@gpu1" in summarise(path)


@pytest.mark.parametrize(
    ("machine", "changes", "where", "said"),
    [
        ({"hots": "a"}, {}, "machine_list.0.hots", "did you mean host?"),
        ({"host": ""}, {}, "machine_list.0.host", "missing"),
        ({"ssh_key_file": "gone"}, {}, "machine_list.0.ssh_key_file", "'gone' is not a file"),
        ({"password": "x"}, {}, "machine_list.0.password", "WebUI shows it"),
        ({}, {"nniManagerIp": None}, "nniManagerIp", "connect to themselves"),
        ({}, {"trainingService": {"platform": "remote"}}, "machineList", "lists no machine"),
    ],
)
def test_a_mistake_in_the_list_of_machines(
    write: Any, machine: dict[str, Any], changes: dict[str, Any], where: str, said: str
) -> None:
    (found,) = check_config(write(machine, **changes))
    assert found.finding.where.endswith(where)
    assert said in str(found)


def test_deep_checks_ask_for_what_the_script_imports(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(config: Any, imports: list[str]) -> list[Finding]:
        return [Finding("imports", ", ".join(imports), "")]

    monkeypatch.setattr(_check, "check_machines", asked)
    path = write()
    assert check_config(path)[0].finding.problem == ""
    assert check_config(path, deep=True)[0].finding.problem == "nni, torch"
