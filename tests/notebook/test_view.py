"""`hpo.load`: an experiment as tables and figures."""

from __future__ import annotations

from pathlib import Path

import pandas
import plotly.graph_objects as go
import pytest

import nni_hpo_ext as hpo
from nni_hpo_ext.errors import ConfigError, DataError, ExperimentError
from nni_hpo_ext.notebook import StudyView
from nni_hpo_ext.study import (
    End,
    JournalView,
    Report,
    Study,
    TrialRecord,
    curve_rows,
    trial_rows,
)  # fmt: skip
from nni_hpo_ext.types import Objective

GOALS = (Objective("accuracy", "maximize"), Objective("size", "minimize"))
SPACE = {
    "lr": {"_type": "loguniform", "_value": [0.001, 1]},
    "<b>": {"_type": "choice", "_value": ["a", "b"]},
}


def trial(number: int) -> TrialRecord:
    lr, kind = 0.001 * 1000 ** ((number * 0.618) % 1), "ab"[number % 2]
    accuracy, end = 1 - abs(lr - 0.1), End.STOPPED if number % 5 == 4 else End.SUCCEEDED
    curve = [accuracy * step / 5 for step in range(1, 6)]
    reports = tuple(Report(i, i + 1.0, v, {"accuracy": v}) for i, v in enumerate(curve))
    values = {"accuracy": accuracy, "size": 100 * lr} if end is End.SUCCEEDED else {}
    return TrialRecord(
        number, f"job{number}", end, params={"lr": lr, "<b>": kind}, values=values,
        reports=reports, started=10.0 * number, ended=10.0 * number + 9,
    )  # fmt: skip


def study_of(trials: int, goals: tuple[Objective, ...] = GOALS) -> StudyView:
    records = tuple(map(trial, range(trials)))
    return StudyView.wrap(
        Study("k3xqzc9a", "<i>digits</i>", "place", None, {}, SPACE, goals, records, JournalView(),
              began=0.0)
    )  # fmt: skip


@pytest.fixture(scope="module")
def study() -> StudyView:
    return study_of(40)


def test_the_table_has_a_row_for_each_trial(study: StudyView) -> None:
    frame = study.to_dataframe()
    assert list(frame["trial"]) == list(range(40))
    assert list(frame.columns[-4:]) == ["param.lr", "param.<b>", "metric.accuracy", "metric.size"]
    for row, (_, found) in zip(trial_rows(study), frame.iterrows(), strict=True):
        assert found["param.lr"] == row["param.lr"]
        assert pandas.isna(found["metric.size"]) == ("metric.size" not in row)
    assert frame["started"].dt.tz is not None
    assert (frame["ended"] - frame["started"]).dt.total_seconds().eq(frame["seconds"]).all()


def test_the_curves_are_a_long_table(study: StudyView) -> None:
    frame = study.to_dataframe(curves=True)
    assert frame.to_dict("records") == list(curve_rows(study))
    assert list(study_of(0).to_dataframe(curves=True)) == list(frame)


def test_every_figure_is_a_plotly_figure_with_a_title(study: StudyView) -> None:
    drawn = [
        study.plot_progress(), study.plot_progress("size"), study.plot_curves(),
        study.plot_front(), study.plot_hypervolume(), study.plot_importance(),
        study.plot_slice("lr"),
    ]  # fmt: skip
    assert all(isinstance(figure, go.Figure) and figure.layout.title.text for figure in drawn)
    assert len({figure.layout.title.text for figure in drawn}) == len(drawn)


def test_a_point_says_which_trial_it_is_without_running_its_names_as_html(
    study: StudyView,
) -> None:
    (trace,) = (t for t in study.plot_progress().data if t.name == "succeeded")
    for number, text in zip(trace.customdata, trace.hovertext, strict=True):
        assert text.startswith(f"trial {number}, succeeded<br>")
        assert f"&lt;b&gt;={'ab'[number % 2]}" in text


def test_what_cannot_be_drawn_is_a_clear_error() -> None:
    empty = study_of(0)
    for draw in (empty.plot_progress, empty.plot_curves, empty.plot_front, empty.plot_arms):
        with pytest.raises(DataError, match="nothing to draw: "):
            draw()
    with pytest.raises(DataError, match="needs two objectives"):
        study_of(3, GOALS[:1]).plot_front()
    with pytest.raises(ConfigError, match="one of accuracy, size, got 'loss'"):
        empty.plot_progress("loss")
    with pytest.raises(DataError, match="no slice of momentum; there are: "):
        empty.plot_slice("momentum")


def test_a_notebook_shows_the_best_trials_and_no_html_of_names(study: StudyView) -> None:
    page = study._repr_html_()
    assert "<i>digits" not in page
    assert "<b>" not in page.partition("<table>")[2]
    assert "40 trials (32 succeeded, 8 stopped early)" in page
    assert f"<td>{study.front[0].number}</td>" in page
    assert study_of(0)._repr_html_() == "<b>&lt;i&gt;digits&lt;/i&gt;</b>: 0 trials"


def test_it_is_the_study_that_the_commands_read(study: StudyView, tmp_path: Path) -> None:
    assert repr(study).startswith("<StudyView k3xqzc9a: 40 trials, best accuracy=")
    assert study.of(End.STOPPED) == tuple(t for t in study.trials if t.number % 5 == 4)
    study.save_report(tmp_path / "report.html")
    assert "k3xqzc9a" in (tmp_path / "report.html").read_text()
    assert set(study.next_space()) == set(SPACE)
    with pytest.raises(ExperimentError, match="no experiment with this id"):
        hpo.load("no-such-experiment")
