from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.interrupt import InterruptGuard
from nni_hpo_ext.trial.reporting import TrialReport


class Sent:
    def __init__(self) -> None:
        self.epochs: list[Any] = []
        self.finals: list[dict[str, Any]] = []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    sent = Sent()
    monkeypatch.setattr(nni, "report_intermediate_result", sent.epochs.append)
    monkeypatch.setattr(nni, "report_final_result", sent.finals.append)
    return sent


def test_epochs_and_the_best_value_are_reported_as_plain_numbers(sent: Sent) -> None:
    hardware = HardwareReport({"infer_shapes": 1}, {"infer_shapes": "inert: because"})
    with TrialReport("digits", hardware, {"parameters": np.int64(7)}) as report:
        report.start()
        report.step(0.5)
        for accuracy in (np.float64(0.25), 0.75, 0.5):
            report.epoch(accuracy)
    assert [e["default"] for e in sent.epochs] == [0.25, 0.75, 0.5]
    assert all(type(value) in (int, float) for e in sent.epochs for value in e.values())
    assert [e["parameters"] for e in sent.epochs] == [7, 7, 7]
    seconds = [e["runtime"] for e in sent.epochs]
    assert seconds == sorted(seconds)
    (final,) = sent.finals
    assert json.loads(json.dumps(final)) == final
    assert (final["default"], final["last"], final["epochs"]) == (0.75, 0.5, 3)
    assert (final["dataset"], final["parameters"], final["step_seconds"]) == ("digits", 7, 0.5)
    assert final["hardware"] == {"infer_shapes": "inert"}
    assert 0 <= final["runtime"] < 5
    assert final["peak_memory_mb"] > 1
    assert "partial" not in final


def test_finish_takes_more_entries_and_reports_once(sent: Sent) -> None:
    with TrialReport("digits") as report:
        report.epoch(0.5)
        assert report.finish(flops=3)["flops"] == 3
        with pytest.raises(HpoExtError, match="once"):
            report.finish()
    assert len(sent.finals) == 1


def test_values_that_are_not_finite_do_not_count(sent: Sent) -> None:
    with TrialReport("digits") as report:
        report.epoch(0.5)
        report.epoch(float("nan"))
    assert (sent.finals[0]["default"], sent.finals[0]["epochs"]) == (0.5, 2)


def test_without_any_value_the_trial_fails(sent: Sent) -> None:
    with pytest.raises(HpoExtError, match="no epoch"), TrialReport("digits"):
        pass
    assert sent.finals == []


def test_a_failing_trial_reports_nothing_final(sent: Sent) -> None:
    def train() -> None:
        with TrialReport("digits") as report:
            report.epoch(0.5)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        train()
    assert sent.finals == []


def test_the_guard_restores_the_handlers() -> None:
    before = signal.getsignal(signal.SIGINT)
    with InterruptGuard(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.set_wakeup_fd(-1) == -1


def forked() -> int:
    """Return the number of a forked process that waits for a signal, and is ready for it."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tell, b"!")
        signal.pause()
        os._exit(0)
    os.read(ready, 1)
    os.close(ready)
    os.close(tell)
    return child


def test_a_forked_child_ends_by_a_signal_and_its_parent_goes_on() -> None:
    answered = threading.Event()
    with InterruptGuard(answered.set):
        child = forked()
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM
    assert not answered.is_set()


def test_the_guard_is_left_while_a_forked_child_lives() -> None:
    with InterruptGuard(lambda: None):
        child = forked()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_outside_the_main_thread_the_guard_says_it_has_no_effect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def enter() -> None:
        with InterruptGuard(lambda: None):
            pass

    with caplog.at_level(logging.WARNING):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    assert "main thread" in caplog.text


# The main thread sits in native code that holds no lock, as in a long training step.
STUCK = """
import sys, threading, nni
nni.report_intermediate_result = lambda value: None
nni.report_final_result = lambda value: print("FINAL", value, flush=True)
from nni_hpo_ext.trial.reporting import TrialReport
with TrialReport("digits") as report:
    report.start()
    for value in map(float, sys.argv[1:]):
        report.epoch(value)
    print("READY", flush=True)
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""


def interrupted(*values: str, program: str = STUCK, **environment: str) -> tuple[int, str, float]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *values],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("READY"):
                break
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        return process.returncode, rest, time.monotonic() - start


def test_an_interrupted_trial_reports_its_value_so_far_at_once() -> None:
    code, output, seconds = interrupted("0.5", "0.25")
    assert code == 130
    assert "'default': 0.5" in output
    assert "'partial': ['default', 'last', 'runtime'" in output
    assert output.count("FINAL") == 1
    assert seconds < 3


def test_an_interrupted_trial_reports_its_smallest_loss() -> None:
    program = STUCK.replace('"digits"', '"digits", metric="loss"')
    _, output, _ = interrupted("7.725", "7.567", "7.6", program=program)
    assert "'default': 7.567" in output


def test_within_nni_it_ends_by_a_signal_which_nni_takes_for_a_stop() -> None:
    code, output, _ = interrupted("0.5", NNI_PLATFORM="unittest")
    assert code == -signal.SIGKILL
    assert "'partial': ['default', 'last', 'runtime'" in output


def test_interrupted_before_the_first_epoch_it_reports_nothing() -> None:
    code, output, _ = interrupted()
    assert code == 130
    assert "FINAL" not in output


def test_what_is_to_be_done_at_a_stop_is_done_after_the_partial_report() -> None:
    action = 'report.at_stop(lambda: print("ACTION", flush=True))'
    program = STUCK.replace("    report.start()", f"    {action}\n    report.start()")
    _, output, _ = interrupted("0.5", program=program)
    assert output.index("FINAL") < output.index("ACTION")


KERAS = """
import nni, numpy as np, keras
from nni_hpo_ext.trial.keras import ReportToNni, SaveBest
nni.report_intermediate_result = lambda value: print("READY", value, flush=True)
nni.report_final_result = lambda value: print("FINAL", value, flush=True)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, "softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.zeros((64, 8), np.float32), np.zeros(64, int)
with ReportToNni("digits") as report:
    model.fit(x, y, validation_data=(x, y), epochs=100000, callbacks=[SaveBest(), report],
              verbose=0)
"""


def test_keras_training_is_interrupted_the_same_way(tmp_path: Path) -> None:
    code, output, seconds = interrupted(program=KERAS, NNI_OUTPUT_DIR=str(tmp_path))
    assert code == 130
    assert "'parameters': 18" in output
    assert "'partial': ['default', 'last', 'runtime'" in output
    assert seconds < 3
    keras = pytest.importorskip("keras")
    assert keras.models.load_model(tmp_path / "model.keras").count_params() == 18


LOSSES = """
import nni, numpy as np, keras
from nni_hpo_ext.trial.keras import ReportToNni, SaveBest
nni.report_intermediate_result = lambda value: None
nni.report_final_result = lambda value: print("FINAL", value["default"], flush=True)
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
model.compile(keras.optimizers.SGD(0.0), "mse")
x, y = np.ones((4, 1)), np.zeros((4, 1))
weights = iter([3.0, 2.0, 2.5])
choose = keras.callbacks.LambdaCallback(
    on_epoch_begin=lambda epoch, logs: model.set_weights([np.array([[next(weights)]])])
)
with ReportToNni("ones", monitor="val_loss") as report:
    model.fit(x, y, validation_data=(x, y), epochs=3, verbose=0,
              callbacks=[choose, SaveBest("val_loss"), report])
"""


def test_keras_reports_and_keeps_the_epoch_with_the_smallest_loss(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    done = subprocess.run(
        [sys.executable, "-c", LOSSES],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NNI_OUTPUT_DIR": str(tmp_path)},
    )
    assert "FINAL 4.0" in done.stdout, done.stderr[-2000:]
    (kept,) = keras.models.load_model(tmp_path / "model.keras").get_weights()
    assert float(kept[0, 0]) == 2.0
