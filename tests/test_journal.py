"""The journal outlives the process that writes it."""

from __future__ import annotations

from pathlib import Path

from nni_hpo_ext.journal import Journal, read_events


def test_what_was_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    Journal(tmp_path / "j").write("first", value=1.5, text="ä")
    Journal(tmp_path / "j").write("second")
    events = list(Journal(tmp_path / "j").events())
    assert events == [{"event": "first", "value": 1.5, "text": "ä"}, {"event": "second"}]


def test_half_a_line_is_left_out_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "j"
    Journal(path).write("first")
    with path.open("ab") as file:
        file.write(b'{"event": "torn, \xff')
    Journal(path).write("second")
    with path.open("ab") as file:
        file.write(b'[1]\nnonsense\n{"event": "th')
    assert [e["event"] for e in read_events(path)] == ["first", "second"]


def test_without_an_experiment_nothing_is_written_or_read(tmp_path: Path) -> None:
    Journal(None).write("lost")
    assert list(Journal(None).events()) == []
    assert list(read_events(tmp_path / "missing")) == []
