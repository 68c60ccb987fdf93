"""The keys of `nni-hpo watch`."""

from __future__ import annotations

import os
import pty
import sys
from typing import Any

import pytest

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._commands import Commands
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._keys import Keys
from nni_hpo_ext.study import Study, read_study


class Manager:
    def __init__(self, fault: str = "") -> None:
        self.calls: list[str] = []
        self.fault = fault

    def cancel(self, job_id: str) -> None:
        self._call(job_id)

    def stop(self) -> None:
        self._call("experiment")

    def _call(self, what: str) -> None:
        if self.fault:
            raise ExperimentError(self.fault)
        self.calls.append(what)


@pytest.fixture
def study(experiment: Any) -> Study:
    experiment.trial(0, 0.5)
    experiment.submit("job12", 12, 12, {"x": 1})
    return read_study(experiment.directory)


def press(keys: str, study: Study, manager: Manager | None) -> Commands:
    commands = Commands()
    for key in keys:
        commands.press(key, study, manager)  # type: ignore[arg-type]
    return commands


@pytest.mark.parametrize(
    ("keys", "calls", "words"),
    [
        ("s12\n", ["job12"], "stopping trial 12"),
        ("s13\x7f2\r", ["job12"], "stopping trial 12"),
        ("s12\x1b", [], "nothing stopped"),
        ("s0\n", [], "trial 0 is not running"),
        ("xy", ["experiment"], "stopping the experiment"),
        ("xn", [], "nothing stopped"),
        ("?", [], "s stop a trial"),
    ],
)
def test_keys_stop_a_trial_or_the_experiment(
    study: Study, keys: str, calls: list[str], words: str
) -> None:
    manager = Manager()
    assert words in press(keys, study, manager).line
    assert manager.calls == calls


def test_what_the_manager_refuses_is_shown(study: Study) -> None:
    assert "failed: busy" in press("xy", study, Manager("busy")).line
    assert "nothing can be stopped" in press("x", study, None).line


def test_q_leaves(study: Study) -> None:
    assert press("q", study, None).is_over


def test_keys_are_read_without_enter_and_the_terminal_is_restored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import termios

    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal, Interrupts() as interrupts:
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(slave)
        with Keys(interrupts) as keys:
            os.write(master, b"s")
            assert keys.available
            assert keys.wait(60) == "s"
            assert keys.wait(0) == ""
        assert termios.tcgetattr(slave) == before
    os.close(master)


def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nothing, Interrupts() as interrupts:
        monkeypatch.setattr(sys, "stdin", nothing)
        with Keys(interrupts) as keys:
            assert not keys.available
            assert keys.wait(0.01) == ""
