"""The journal outlives the process that writes it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.journal import Journal, compact, read_events


def test_what_was_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    Journal(tmp_path / "j").write("first", value=1.5, text="ä")
    Journal(tmp_path / "j").write("second")
    first, second = Journal(tmp_path / "j").events()
    assert first is not None
    assert second is not None
    assert abs(first.pop("time") - time.time()) <= 60 >= abs(second.pop("time") - time.time())
    assert [first, second] == [{"event": "first", "value": 1.5, "text": "ä"}, {"event": "second"}]


def test_half_a_line_is_left_out_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "j"
    Journal(path).write("first")
    with path.open("ab") as file:
        file.write(b'{"event": "torn, \xff')
    Journal(path).write("second")
    with path.open("ab") as file:
        file.write(b'[1]\nnonsense\n{"event": "th')
    assert [e["event"] for e in read_events(path)] == ["first", "second"]
    assert [e is None for e in Journal(path).events()] == [False, True, False, True, True, True]


def test_without_an_experiment_nothing_is_written_or_read(tmp_path: Path) -> None:
    Journal(None).write("lost")
    assert list(Journal(None).events()) == []
    assert list(read_events(tmp_path / "missing")) == []


def test_lines_of_processes_that_write_at_once_are_never_mixed(tmp_path: Path) -> None:
    path = tmp_path / "j"
    script = (
        "import sys; from pathlib import Path; from nni_hpo_ext.journal import Journal\n"
        "for i in range(200): Journal(Path(sys.argv[1])).write(sys.argv[2], text='x' * 5000)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("a", "b")
    ]
    assert [w.wait() for w in writers] == [0, 0]
    names = [e and e["event"] for e in Journal(path).events()]
    assert sorted(map(str, names)) == ["a"] * 200 + ["b"] * 200


_CIRCLE: list[Any] = []
_CIRCLE.append(_CIRCLE)


@pytest.mark.parametrize("value", [_CIRCLE, {(1, 2): 3}, object(), {1, 2}, b"x", np.eye(2)])
def test_any_value_can_be_written(tmp_path: Path, value: Any) -> None:
    Journal(tmp_path / "j").write("odd", id=7, value=value)
    (event,) = read_events(tmp_path / "j")
    assert event["id"] == 7
    assert "value" in event


def test_a_report_keeps_its_numbers_and_loses_its_long_parts() -> None:
    report = {"default": 0.5, "losses": list(range(10_000)), "maximize": ["default"], "m": {"n": 1}}
    kept = compact(report)
    assert {**kept, "losses": report["losses"]} == report
    assert len(kept["losses"]) < 5000


def test_a_file_that_cannot_be_written_is_logged_once_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path)
    journal.write("lost")
    journal.write("lost")
    assert len(caplog.records) == 1
    assert "Is a directory; a resume will lack this event" in caplog.text
