"""Real runs of Ray Tune on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray.tune", reason="Ray Tune is not installed: an extra")

from nni_hpo_ext.journal import TRIALS_FILE, TUNER_FILE, read_events
from nni_hpo_ext.study import read_served

DRIVER = Path(__file__).with_name("driver.py")
EXAMPLE = Path(__file__).parents[2] / "examples" / "ray" / "digits.py"
TRIALS = 12
SECONDS = 400.0

pytestmark = pytest.mark.e2e


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return an environment in which Ray leaves no file and no process behind."""
    short = tempfile.mkdtemp(prefix="r")  # the paths of its sockets may have 107 characters
    variables = {
        **os.environ,
        "HOME": str(tmp_path),
        "RAY_TMPDIR": short,
        "RAY_USAGE_STATS_ENABLED": "0",
        "TUNE_GLOBAL_CHECKPOINT_S": "1",
        "OMP_NUM_THREADS": "1",
    }
    yield variables
    left = [p for p in psutil.process_iter() if _home(p) == str(tmp_path)]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=30)
    shutil.rmtree(short, ignore_errors=True)


def _home(process: psutil.Process) -> str | None:
    try:
        return str(process.environ().get("HOME"))
    except (psutil.Error, OSError):
        return None


def wait_for(path: Path, count: int, driver: subprocess.Popen[str]) -> None:
    """Wait until a folder holds so many files."""
    deadline = time.monotonic() + SECONDS
    while not path.is_dir() or len(list(path.iterdir())) < count:
        assert driver.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_killed_driver_is_restored_and_a_trial_that_errs_fails_alone(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    storage, studies, hold = tmp_path / "storage", tmp_path / "studies", tmp_path / "hold"
    command = [sys.executable, str(DRIVER), str(storage), str(studies), str(hold)]
    hold.touch()  # trials wait after the fourth
    first = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.DEVNULL)
    wait_for(storage / "reached", 4, first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    hold.unlink()
    again = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert f"trials {TRIALS}" in again.stdout
    folder = studies / "killed" / "checkpoint"
    tuner = Counter(e["event"] for e in read_events(folder / TUNER_FILE))
    assert (tuner["start"], tuner["suggest"]) == (2, TRIALS)
    assert (tuner["result"], tuner["end"]) == (TRIALS - 1, 1)
    results = [e for e in read_events(folder / TRIALS_FILE) if e["event"] == "result"]
    assert sorted(e["number"] for e in results) == list(range(TRIALS))
    assert sum("error" in e["result"] for e in results) == 1


def test_the_example_runs(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, str(EXAMPLE), "--trials", "3", "--folder", str(tmp_path / "run")]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=SECONDS, check=True)
    (definition,) = (tmp_path / "run" / "studies").glob("*/study.json")
    study = read_served(str(definition.parent))
    assert len(study.trials) == 3
    assert all(set(t.values) == {"accuracy", "seconds"} for t in study.trials)
