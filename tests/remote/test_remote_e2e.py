"""Remote workers with the real NNI and a real ssh server: two users of this machine."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from machines import USERS, Machines, make_environment, processes_of
from nni_home import PROTOCOL, Home, wait_for

from nni_hpo_ext.types import SCORE_REQUEST

pytestmark = pytest.mark.e2e

# Trials with these numbers wait until the test lets them go on.
_TRIAL = f"""{PROTOCOL}
import pathlib, time

form = next_form()
number = int(os.environ["NNI_TRIAL_SEQ_ID"])
while number in HELD and not pathlib.Path(GATES, str(number)).exists():
    time.sleep(0.1)
if number == FAILS:
    raise ValueError("no such layer")
report(form, form["parameters"]["x"])
"""
# The older code of hybrid services has another protocol.
_NNI_TRIAL = "import nni; nni.report_final_result(nni.get_next_parameter()['x'])"

# Keeps a model where it runs; asked to score it, it answers with the content.
_KEEPING_TRIAL = f"""
import os, pathlib
if {SCORE_REQUEST!r} in os.environ:
    from nni_hpo_ext.trial import score_request
    request = score_request()
    kept = float((request.directory / "model.txt").read_text())
    request.answer(kept, metric="accuracy", examples=1, dataset="none")
    raise SystemExit
{PROTOCOL}
form = next_form()
pathlib.Path(os.environ["NNI_OUTPUT_DIR"], "model.txt").write_text(str(form["parameters"]["x"]))
report(form, form["parameters"]["x"])
"""


class Bench:
    """Configs for the machines, and `nni-hpo` on them."""

    def __init__(self, home: Home, machines: Machines) -> None:
        self.home, self.machines = home, machines
        self.gates = machines.shared / home.path.name
        self.gates.mkdir(mode=0o755)
        self.config = home.path / "config.yml"
        self.script = home.path / "code" / "trial.py"
        self.script.parent.mkdir()

    def trial(self, *, held: Sequence[int] = (), fails: int = -1) -> None:
        settings = f"HELD, FAILS, GATES = {list(held)}, {fails}, {str(self.gates)!r}\n"
        self.script.write_text(settings + _TRIAL)

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            (self.gates / str(number)).touch()

    def log(self) -> str:
        (path,) = self.home.path.glob("nni-experiments/*/log/nnimanager.log")
        return path.read_text()

    def start(self, command: str, *options: str, **changes: Any) -> subprocess.Popen[str]:
        config = {
            "searchSpace": {"x": {"_type": "uniform", "_value": [0, 1]}},
            "trialCommand": "exec python3 trial.py",
            "trialCodeDirectory": "code",
            "trialConcurrency": 2,
            "tuner": {"name": "Random", "classArgs": {"seed": 1}},
            "nniManagerIp": "127.0.0.1",
            "trainingService": self.remote(self.machines.entry(USERS[0]), self.by_password()),
        }
        self.config.write_text(yaml.safe_dump(config | changes))
        return subprocess.Popen(
            [sys.executable, "-m", "nni_hpo_ext", command, str(self.config), *options],
            cwd=self.home.path,
            env=self.home.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *options: str, **changes: Any) -> tuple[int, str, str]:
        process = self.start(command, *options, **changes)
        out, err = process.communicate(timeout=150)
        return process.returncode, out, err

    def by_password(self) -> dict[str, Any]:
        return self.machines.entry(USERS[1], password=self.machines.password)

    @staticmethod
    def remote(*machines: dict[str, Any]) -> dict[str, Any]:
        return {"platform": "remote", "machineList": list(machines)}

    @staticmethod
    def trials_of(user: str) -> list[psutil.Process]:
        return [p for p in processes_of(user) if "trial.py" in p.cmdline()]


@pytest.fixture
def bench(home: Home, machines: Machines) -> Bench:
    return Bench(home, machines)


def listening_on(user: str) -> set[str]:
    sockets = [c for p in processes_of(user) for c in p.net_connections("tcp")]
    return {c.laddr.ip for c in sockets if c.status == psutil.CONN_LISTEN}


def lines_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"no {text!r} in\n{''.join(lines)}")


def test_a_worker_dies_and_a_trial_fails_and_a_user_stops_the_run(bench: Bench) -> None:
    """Both workers run trials. The dead one costs one trial and comes back; nothing is left."""
    bench.trial(held=(0, 1, 4, 5, 6, 7), fails=3)
    # NNI cannot end a trial behind a shell.
    command = "python3 -S -E trial.py; exit $?"
    process = bench.start("run", "--poll", "0.2", trialCommand=command, nniManagerIp="127.0.0.2")
    out = lines_until(process, "2 running")
    assert "Listens on 127.0.0.1 and 127.0.0.2, to which the workers connect" in out
    wait_for(lambda: all(bench.trials_of(user) for user in USERS))
    assert listening_on(USERS[0]) == {"127.0.0.1"}
    for victim in processes_of(USERS[0]):
        if "sshd" not in victim.name():
            victim.kill()
    bench.let_go(0, 1)
    wait_for(lambda: "has been recovered" in bench.log(), 300)  # a busy machine is slow
    bench.let_go(4, 5)
    wait_for(lambda: all(bench.trials_of(user) for user in USERS))
    out += lines_until(process, "6 trials done (4 succeeded, 2 failed); 2 running")
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=120)
    print(out + rest + err)
    assert process.returncode == 130
    assert "Trials: 8 (4 succeeded, 2 failed, 2 interrupted)" in rest
    assert "failed: the worker 127.0.0.1 was lost" in rest
    assert "failed: ended with an error: ValueError: no such layer" in rest
    assert "Traceback" not in err
    assert not any(processes_of(user) for user in USERS)


def test_what_is_wrong_with_a_machine_is_one_line(bench: Bench) -> None:
    bench.trial()
    machines = bench.machines
    without_nni, broken = (machines.shared / name for name in ("without", "broken"))
    make_environment(machines.python, without_nni, nni=False)
    broken.mkdir()
    for name in ("python", "python3"):
        (broken / name).write_text("#!/bin/sh\necho no libpython3.so >&2\nexit 1\n")
        (broken / name).chmod(0o755)
    changes: list[dict[str, Any]] = [
        {"port": 1},
        {"user": "root"},
        {"pythonPath": "/nowhere"},
        {"pythonPath": str(without_nni / "bin")},
        {"pythonPath": str(broken)},
        {"password": "wrong"},
        {"host": "no-such-host.invalid"},
        {"sshKeyFile": str(bench.config)},
    ]
    spoilt = [machines.entry(USERS[1], **change) for change in changes]
    service = bench.remote(machines.entry(USERS[0]), *spoilt)
    code, out, _ = bench.run("check", "--deep", trainingService=service)
    print(out)
    said = [
        "machineList.1.host: 127.0.0.1 port 1 refuses connections;",
        f"machineList.2.sshKeyFile: root@127.0.0.1:{machines.port} refuses the key",
        "machineList.3.pythonPath: neither python nor python3 in /nowhere on",
        "has neither NNI nor pip to install it;",
        "fails: no libpython3.so;",
        "machineList.6.password: warning: NNI keeps it",
        f"machineList.6.password: {USERS[1]}@127.0.0.1:{machines.port} refuses the",
        "machineList.7.host: no-such-host.invalid is not a known host name;",
        "machineList.8.sshKeyFile: NNI's ssh client cannot read",
    ]
    lines = out.splitlines()
    assert code == 1
    assert len(lines) == len(said)
    assert all(any(words in line for line in lines) for words in said), lines


def test_a_run_that_cannot_start_says_why(bench: Bench) -> None:
    bench.trial()
    user, other = USERS
    machines = [bench.machines.entry(user), bench.machines.entry(other, user="root")]
    service = bench.remote(*machines)
    code, out, err = bench.run("run", "--no-check", "--poll", "0.2", trainingService=service)
    print(out + err)
    assert code == 1
    assert err.splitlines()[-1].startswith(
        "Failed: trainingService.machineList.1.sshKeyFile: root@127.0.0.1"
    )
    assert "Traceback" not in err
    assert not any(processes_of(user) for user in USERS)


def test_local_and_remote_together(
    bench: Bench, home: Home, processes_at: Callable[[Path], list[psutil.Process]]
) -> None:
    bench.script.write_text(_NNI_TRIAL)
    services = [bench.remote(bench.machines.entry(USERS[0])), {"platform": "local"}]
    code, out, err = bench.run("run", "--poll", "0.2", trainingService=services, maxTrialNumber=2)
    print(out + err)
    assert (code, err) == (0, "")
    assert "Trials: 2 (2 succeeded)" in out
    assert {"remote", "local"} <= set(re.findall(r"environment service (\w+) to", bench.log()))
    assert not processes_of(USERS[0])
    assert processes_at(home.path) == []


def test_the_best_model_is_fetched_from_its_worker_and_scored_here(bench: Bench) -> None:
    bench.script.write_text(_KEEPING_TRIAL)
    tuner = {"name": "RandomSearch", "classArgs": {"optimize_mode": "maximize", "seed": 1}}
    code, out, err = bench.run("run", "--poll", "0.2", maxTrialNumber=3, tuner=tuner)
    assert code == 0, out + err
    (best,) = re.findall(r"default=?\s?([\d.]+)", out.partition("Best by default")[2])[:1]
    answer = bench.home.call("nni_hpo_ext", "test", "latest")
    assert f"accuracy {best}, default in the search {best}" in answer
