"""The command line: exit codes, and one line for each error."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nni_hpo_ext import __version__, registry
from nni_hpo_ext.cli import app


def command(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nni_hpo_ext", *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=env,
    )


def lines(text: str) -> list[str]:
    """Return lines but for warnings: whether the machine is busy does not matter here."""
    return [line for line in text.splitlines() if ": warning: " not in line]


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "trial.py").write_text("")
    content = {
        "searchSpace": {"x": {"_type": "choice", "_value": [1, 2, 3]}},
        "trialCommand": "exec python3 trial.py",
        "trialConcurrency": 1,
        "tuner": {"name": "Random"},
        "trainingService": {"platform": "local"},
    }
    path = tmp_path / "config.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_version() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout) == (0, f"nni-hpo {__version__}\n")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from nni_hpo_ext.cli import app\n"
        "heavy = {'nni', 'numpy', 'scipy', 'sklearn', 'requests', 'psutil', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    "args", [("--nonsense",), ("check",), ("run", "no_such_file.yml"), ("fly",)]
)
def test_usage_errors_end_with_2(args: tuple[str, ...]) -> None:
    done = command(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("env")
def test_a_sound_config(config: Path) -> None:
    done = command("check", str(config))
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout)[0] == f"{config}: no problem found"
    assert "1 parameter, 3 configurations" in done.stdout
    assert "until the tuner ends" in done.stdout


@pytest.mark.usefixtures("env")
def test_findings_end_with_1_a_line_each(config: Path) -> None:
    config.write_text(config.read_text().replace("trial.py", "no.py") + "extra: 1\n")
    done = command("check", str(config))
    assert done.returncode == 1
    assert done.stderr == ""
    assert [line.split(": ")[1] for line in lines(done.stdout)] == ["extra", "trialCommand"]


@pytest.mark.usefixtures("env")
def test_a_check_loads_no_library_that_it_does_not_need(config: Path) -> None:
    script = (
        "import sys\n"
        "from nni_hpo_ext.cli import app\n"
        "app(['check', sys.argv[1]], standalone_mode=False)\n"
        "print(sorted({'scipy.stats', 'pandas', 'sklearn'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(config)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_warning_does_not_refuse(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nni_hpo_ext.check import _algorithm
    from nni_hpo_ext.check._probe import Probe

    busy = Probe("done", cpu_seconds=1, seconds=30)
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [busy])
    app(["check", str(config)], standalone_mode=False)
    warning, verdict, *_ = capsys.readouterr().out.splitlines()
    assert warning.startswith(f"{config}: tuner.name: warning: ")
    assert verdict == f"{config}: no problem found"


@pytest.mark.usefixtures("env")
def test_a_working_directory_that_cannot_be_made_is_one_line(config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config.write_text(config.read_text() + "experimentWorkingDirectory: file/below\n")
    for options in ((), ("--no-check",)):
        done = command("run", *options, str(config))
        assert done.returncode == 1
        (line,) = lines(done.stderr)
        assert "cannot be created" in line


@pytest.mark.usefixtures("env")
def test_run_does_not_start_what_check_refuses(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text() + "extra: 1\n")
    done = command("run", str(config))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{config}: extra: ")
    assert not (tmp_path / "nni-experiments").exists()


@pytest.mark.usefixtures("env")
def test_an_error_of_ours_is_one_line(config: Path) -> None:
    config.write_text("a: 1\n")
    done = command("run", "--no-check", str(config))
    assert done.returncode == 1
    assert done.stderr.startswith(f"nni-hpo: {config}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("env")
def test_a_port_in_use_is_named(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = command("run", "--no-check", "--port", str(port), str(config))
    assert done.returncode == 1
    assert done.stderr.startswith(f"nni-hpo: port {port} is in use; ")


@pytest.mark.usefixtures("env")
def test_register_and_remove() -> None:
    first, again, removed = (
        command("register"),
        command("register"),
        command("register", "--remove"),
    )
    assert first.stdout.count(": registered\n") == len(registry.ALGORITHMS)
    assert again.stdout.count(": nothing to do\n") == len(registry.ALGORITHMS)
    assert removed.stdout.count(": removed\n") == len(registry.ALGORITHMS)
