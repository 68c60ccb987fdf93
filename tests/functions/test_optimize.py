"""`hpo.optimize`: any function, with any registered tuner and assessor, and no NNI manager."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nni_hpo_ext as hpo
from nni_hpo_ext.errors import ConfigError, ExperimentError, HpoExtError
from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.study import End, known_experiments, overviews, read_served

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}
TUNERS = [e.name for e in ALGORITHMS if e.kind == "tuner" and e.name != "Dragonfly"]


def optimize(function: Callable[..., Any], folder: Path, **options: Any) -> Any:
    given = {"n_trials": 4, "tuner": "RandomSearch", "seed": 0, "progress": False, **options}
    return hpo.optimize(function, given.pop("space", SPACE), directory=folder / "study", **given)


def test_the_best_result_is_the_best_value_of_the_function(tmp_path: Path) -> None:
    study = optimize(lambda params: (params["x"] - 0.3) ** 2, tmp_path, objectives="minimize")
    values = [(t.params["x"] - 0.3) ** 2 for t in study.trials]
    assert [t.values["default"] for t in study.trials] == pytest.approx(values)
    assert study.best.number == int(np.argmin(values))
    assert study.trials == hpo.load(str(tmp_path / "study")).trials


@pytest.mark.parametrize("tuner", TUNERS)
def test_every_tuner_optimises_a_function(tuner: str, tmp_path: Path) -> None:
    study = optimize(lambda params: params["x"], tmp_path, tuner=tuner, n_trials=2)
    assert len(study.of(End.SUCCEEDED)) == 2


def test_several_objectives_have_a_front(tmp_path: Path) -> None:
    goals = {"gain": {"direction": "maximize", "unit": "%"}, "cost": "minimize"}
    study = optimize(
        lambda params: {"gain": np.float32(params["x"]), "cost": params["x"] ** 2},
        tmp_path,
        objectives=goals,
        tuner="Evolution",
    )
    assert [goal.title for goal in study.objectives] == ["gain (%)", "cost"]
    assert len(study.front) == 4  # every gain costs more


def stopped_at_the_third(params: dict[str, Any], report: Callable[[Any], None]) -> float:
    for step in range(10):
        report(params["x"] if step < 3 or params["x"] > 0.5 else 0.0)
    return float(params["x"])


def test_an_assessor_stops_trials_and_their_best_value_counts(tmp_path: Path) -> None:
    arguments = {"rule": "median", "start_step": 1, "min_completed": 1}
    study = optimize(
        stopped_at_the_third,
        tmp_path,
        n_trials=12,
        assessor="MedianStop",
        assessor_args=arguments,
    )
    stopped = study.of(End.STOPPED)
    assert stopped
    assert all(len(t.reports) < 10 for t in stopped)
    assert all(len(t.reports) == 10 for t in study.of(End.SUCCEEDED))
    assert study.savings.stopped == len(stopped)


def generator(params: dict[str, Any]) -> Iterator[float]:
    try:
        for step in range(10):
            yield params["x"] - step / 100
    finally:
        Path(params["folder"], f"closed-{params['x']}").touch()


def test_a_generator_reports_what_it_yields_and_is_closed(tmp_path: Path) -> None:
    space = {**SPACE, "folder": {"_type": "choice", "_value": [str(tmp_path)]}}
    arguments = {"rule": "median", "start_step": 1, "min_completed": 1}
    study = optimize(
        generator,
        tmp_path,
        space=space,
        n_trials=6,
        assessor="MedianStop",
        assessor_args=arguments,
    )
    ended = {t.number: t.values["default"] for t in study.of(End.SUCCEEDED)}
    assert ended == {n: pytest.approx(study.trials[n].params["x"] - 0.09) for n in ended}
    assert study.of(End.STOPPED)
    assert len(list(tmp_path.glob("closed-*"))) == 6


class Generating:
    """An object whose call returns the last value of its own."""

    def __call__(self, params: dict[str, Any]) -> Iterator[float]:
        yield 0.0
        return params["x"]


def test_the_value_that_a_generator_returns_is_the_final_one(tmp_path: Path) -> None:
    study = optimize(Generating(), tmp_path)
    assert [t.values["default"] for t in study.trials] == [t.params["x"] for t in study.trials]


FAULTS: dict[str, Callable[[], Any]] = {
    "ValueError: no": lambda: _raise(ValueError("no")),
    "SystemExit: 3": lambda: sys.exit(3),
    "exit code 7": lambda: os._exit(7),
    "exit code 8": lambda: os._exit(8) if os.fork() else signal.pause(),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "returned None": lambda: None,
    "not a finite number": lambda: float("nan"),
    "is 'text', not": lambda: "text",
}


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("reason", list(FAULTS))
def test_a_fault_fails_that_trial_alone(reason: str, tmp_path: Path) -> None:
    fault = FAULTS[reason]
    study = optimize(
        lambda params: fault() if params["x"] < 0.5 else params["x"], tmp_path, n_trials=6
    )
    failed = {t.number for t in study.of(End.FAILED)}
    assert failed == {t.number for t in study.trials if t.params["x"] < 0.5}
    assert 0 < len(failed) < 6
    assert all(reason in study.trials[n].reason for n in failed)


def test_an_unusable_report_is_an_error_in_the_function(tmp_path: Path) -> None:
    def wrong(params: dict[str, Any], report: Callable[[Any], None]) -> float:
        if params["x"] < 0.5:
            report("text")
        return float(params["x"])

    study = optimize(wrong, tmp_path, n_trials=6)
    failed = study.of(End.FAILED)
    assert 0 < len(failed) < 6
    assert all(t.reason.startswith("ValueError: value must be a number") for t in failed)


def test_when_the_first_trials_fail_alike_it_ends_with_their_error(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"first 3 trials failed: KeyError: 'y'.*line \d+"):
        optimize(lambda params: params["y"], tmp_path)
    assert "KeyError" in (tmp_path / "study" / "tracebacks" / "trial-0.txt").read_text()
    study = optimize(lambda params: params["y"], tmp_path, n_trials=7, max_failures=0)
    assert len(study.of(End.FAILED)) == 7


def test_trials_run_at_the_same_time(tmp_path: Path) -> None:
    """Each of the first two trials waits for the other."""

    def meet(params: dict[str, Any]) -> float:
        import time

        Path(params["folder"], f"here-{os.getpid()}").touch()
        while len(list(Path(params["folder"]).glob("here-*"))) < 2:
            time.sleep(0.01)
        return float(params["x"])

    space = {**SPACE, "folder": {"_type": "choice", "_value": [str(tmp_path)]}}
    study = optimize(meet, tmp_path, space=space, n_jobs=2)
    assert len(study.of(End.SUCCEEDED)) == 4


def test_a_study_goes_on_with_more_trials_and_nothing_else_may_change(tmp_path: Path) -> None:
    first = optimize(lambda params: params["x"], tmp_path, n_trials=2)
    more = optimize(lambda params: params["x"], tmp_path, n_trials=5, seed=None)
    assert more.trials[:2] == first.trials
    assert (len(more.trials), more.ended is not None) == (5, True)
    with pytest.raises(HpoExtError, match="exists with another tuner"):
        optimize(lambda params: params["x"], tmp_path, tuner="Parzen")


def test_no_trials_start_after_the_timeout(tmp_path: Path) -> None:
    assert optimize(lambda params: params["x"], tmp_path, timeout=0).trials == ()


def test_what_cannot_be_sent_to_a_process_is_a_clear_error(tmp_path: Path) -> None:
    lock = threading.Lock()
    with pytest.raises(ConfigError, match=r"cannot be sent .*lock.* within the function"):
        optimize(lambda params: lock.locked(), tmp_path)
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tuner": "Unknown"}, "tuner.name must be one of"),
        ({"assessor": "Unknown"}, "assessor.name must be one of"),
        ({"assessor_args": {"rule": "median"}}, "needs an assessor"),
        ({"n_trials": 0}, "n_trials must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"objectives": "upwards"}, "'default': direction must be"),
        ({"objectives": {}}, "objectives must be a mapping"),
        ({"space": {"x": {"_type": "uniform", "_value": [1]}}}, r"x\._value"),
        ({"space": {"x": {"_type": "choice", "_value": [{1}]}}}, "space: .*not JSON"),
        ({"tuner_args": {"seed": 3}}, "classArgs.seed"),
    ],
)
def test_a_wrong_argument_is_a_clear_error(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(HpoExtError, match=message):
        optimize(lambda params: params["x"], tmp_path, **options)


SCRIPT = """
import sys, time
from pathlib import Path
import nni_hpo_ext as hpo

folder = Path(sys.argv[1])

def slow(params):
    if params["x"] < 0.5:
        (folder / "waits").touch()
        time.sleep(float(sys.argv[2]))
    return params["x"]

study = hpo.optimize(
    slow, {"x": {"_type": "choice", "_value": [0.9, 0.8, 0.7, 0.6, 0.1]}}, n_trials=5,
    tuner="Grid", directory=folder / "study",
)
print(len(study.of(hpo.study.End.SUCCEEDED)), "succeeded of", len(study.trials))
"""


def start(folder: Path, seconds: float) -> subprocess.Popen[str]:
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(folder / "script.py"), str(folder), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], bool]) -> None:
    import time

    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def test_after_kill_9_nothing_is_lost_and_no_process_is_left(tmp_path: Path) -> None:
    import psutil

    with start(tmp_path, 1000) as process:
        wait_for((tmp_path / "waits").exists)
        left = children(process.pid)
        process.kill()
    assert left
    wait_for(lambda: not any(psutil.pid_exists(pid) for pid in left))
    before = read_served(str(tmp_path / "study"))
    assert len(before.of(End.RUNNING)) == 1
    with start(tmp_path, 0) as process:
        assert process.communicate(timeout=60)[0] == "5 succeeded of 5\n"
    after = read_served(str(tmp_path / "study"))
    done = before.of(End.SUCCEEDED)
    assert [after.trials[t.number] for t in done] == list(done)


def test_ctrl_c_returns_what_there_is(tmp_path: Path) -> None:
    with start(tmp_path, 1000) as process:
        wait_for((tmp_path / "waits").exists)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    succeeded, _, _, trials = out.split()
    assert int(succeeded) == int(trials) - 1
    assert read_served(str(tmp_path / "study")).of(End.WAITING)


def test_two_processes_cannot_use_one_directory(tmp_path: Path) -> None:
    with start(tmp_path, 1000) as process:
        wait_for((tmp_path / "waits").exists)
        with pytest.raises(HpoExtError, match=r"another|exists with"):
            optimize(lambda params: params["x"], tmp_path)
        process.kill()


def test_without_a_directory_the_study_is_found_by_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    def parabola(params: dict[str, Any]) -> float:
        return float(params["x"] ** 2)

    study = hpo.optimize(parabola, SPACE, n_trials=1, tuner="RandomSearch", progress=False)
    assert study.directory.parent == tmp_path / "nni-experiments"
    assert study.id.startswith("parabola-")
    assert hpo.load("latest").trials == hpo.load(study.id).trials == study.trials
    (listed,) = overviews(known_experiments())
    assert (listed.id, listed.state, listed.trials) == (study.id, "done", 1)


def test_importing_the_package_loads_nothing_else() -> None:
    script = (
        "import sys; before = set(sys.modules); import nni_hpo_ext\n"
        "print(*(m for m in set(sys.modules) - before if not m.startswith('nni_hpo_ext')))\n"
        "assert {'load', 'optimize'} <= set(dir(nni_hpo_ext))"
    )
    command = [sys.executable, "-c", script]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "nni", "scipy", "rich"} & set(out.split())
