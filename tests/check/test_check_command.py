"""Trial commands: what is missing, and what bash really does with them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from nni_hpo_ext.check._command import check_command
from nni_hpo_ext.check._imports import _imports

LOCAL = {"trainingService": {"platform": "local"}}


def problems(command: str, directory: Path) -> list[str]:
    config = {**LOCAL, "trialCommand": command}
    return [f.problem for f in check_command(config, directory / "config.yml")]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "trial.py").write_text("")
    (tmp_path / "train.sh").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "python3 trial.py",
        "exec python3 trial.py --epochs 3",
        "python3 -u -W ignore trial.py",
        "OMP_NUM_THREADS=1 exec python3 trial.py",
        "env A=1 python trial.py",
        "./train.sh",
        "python3 -m package.trial",
        "python3 -c 'import nni'",
        "$PYTHON trial.py",
        "cd sub && exec python3 elsewhere.py",
        f"{sys.executable} trial.py",
    ],
)
def test_commands_that_are_fine(code: Path, command: str) -> None:
    assert problems(command, code) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("python3 tral.py", "'tral.py' is not in trialCodeDirectory"),
        ("exec python3 -u sub/trial.py --x", "'sub/trial.py' is not in"),
        ("pithon trial.py", "'pithon' does not exist"),
        ("./no.sh", "'./no.sh' does not exist"),
        ("python3 'trial.py", "No closing quotation"),
    ],
)
def test_what_is_missing(code: Path, command: str, said: str) -> None:
    (problem,) = problems(command, code)
    assert said in problem


def test_another_machines_files_are_not_looked_for(code: Path) -> None:
    config = {"trainingService": {"platform": "remote"}, "trialCommand": "python3 gone.py"}
    assert check_command(config, code / "config.yml") == []


# "{}" is the trial itself. Bash is asked too, so that this list cannot be wrong.
@pytest.mark.parametrize(
    "command",
    [
        "{}",
        "exec {}",
        "exec {} > out.txt 2>&1",
        "A=1 {}",
        "cd . && exec {}",
        "cd .; exec {}",
        "cd . && {}",
        "cd .\n{}",
        "{} > out.txt",
        "{} 2>&1",
        "{} | cat",
        "exec {} | cat",
        "{} || true",
        "{}; true",
        "({})",
    ],
)
def test_bash_agrees_on_whether_a_signal_arrives(code: Path, command: str) -> None:
    (code / "trial.py").write_text("import time; print('up', flush=True); time.sleep(60)")
    ready = code / "ready"
    script = f"import os, time; open({str(ready)!r}, 'w').close(); time.sleep(60)"
    (code / "wait.py").write_text(script)
    shell = subprocess.Popen(
        ["/bin/bash", "-c", command.format(f"{sys.executable} wait.py")],
        cwd=code,
        stdout=subprocess.DEVNULL,
    )
    process = psutil.Process(shell.pid)
    try:
        while not ready.exists():
            assert shell.poll() is None
            psutil.wait_procs([process], timeout=0.01)
        arrives = process.children() == []
    finally:
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # cat ends with its writer
                child.kill()
        shell.kill()
        shell.wait()
    keeps = any("keeps a shell" in p for p in problems(command.format("python3 trial.py"), code))
    assert arrives is not keeps


def test_a_package_that_the_script_needs_and_nobody_has_is_named(code: Path) -> None:
    (code / "network.py").write_text("import no_such_framework.layers\n")
    (code / "trial.py").write_text(
        "from __future__ import annotations\nimport json\nimport nni\nfrom network import build\n"
        "try:\n    import no_such_option\nexcept ImportError:\n    pass\n"
    )
    (found,) = problems("exec python3 trial.py", code)
    assert found.startswith("trial.py needs no_such_framework, which ")
    assert problems("PYTHONPATH=/there exec python3 trial.py", code) == []


def test_pytorch_is_needed_by_our_part_for_it(code: Path) -> None:
    script = code / "trial.py"
    script.write_text("from nni_hpo_ext.trial.torch import train\n")
    assert list(_imports(script, set())) == ["torch"]
