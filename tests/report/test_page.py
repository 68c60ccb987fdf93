"""The HTML page: complete, self-contained, and safe whatever trials report."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from packed_page import page_data
from report_studies import GOALS, make_study, two_objectives

from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.report import make_report, write_report
from nni_hpo_ext.study import End, JournalView, Proposal, Study, TrialRecord
from nni_hpo_ext.types import Objective

FIGURES = {
    *(f"progress-{j}" for j in (0, 1)),
    "curves",
    "front-0",
    "hypervolume",
    *(f"importance-{j}" for j in (0, 1)),
    *(f"slice-{j}-{i}" for j in (0, 1) for i in range(6)),
    "arms-choices",
    "arms-earned",
}


class Page(HTMLParser):
    """The elements of a page, and the text of each script and figure."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.data = page_data(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(dict(attrs).get("id") or tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def figure(self, key: str) -> Any:
        return self.data["figures"][key]


@pytest.fixture(scope="module")
def parsed(page: Path) -> Page:
    return Page(page.read_text(encoding="utf-8"))


def plots(page: Page) -> set[str]:
    return {str(a["id"]) for tag, a in page.elements if a.get("class") == "plot"}


def test_every_figure_is_there(parsed: Page) -> None:
    assert plots(parsed) >= FIGURES


def test_every_figure_has_a_title_named_axes_and_a_sentence(parsed: Page) -> None:
    assert parsed.texts["h3"]
    captions = [tag for tag, _ in parsed.elements if tag == "figcaption"]
    assert len(captions) == len(plots(parsed))
    for key in plots(parsed):
        layout = parsed.figure(key)["layout"]
        assert layout["xaxis"]["title"]["text"]
        assert layout["yaxis"]["title"]["text"] or key.startswith(("importance", "arms-choices"))


def test_nothing_comes_from_elsewhere(parsed: Page) -> None:
    assert not [a for _, a in parsed.elements if "src" in a]
    assert all(str(a["href"]).startswith("#") for _, a in parsed.elements if "href" in a)
    policy = [a for tag, a in parsed.elements if tag == "meta" and "http-equiv" in a]
    assert "default-src 'none'" in str(policy[0]["content"])


EVIL = "</script><img src=x onerror=pwned=1>{{7*7}}%{x}&amp;<!--`"


def hostile_study() -> Study:
    space = {
        EVIL: {"_type": "choice", "_value": [EVIL, "b"]},
        "x" + EVIL: {"_type": "uniform", "_value": [0, 1]},
    }
    goals = (Objective(EVIL, "maximize"), Objective("b" + EVIL, "minimize"))
    study = make_study(
        lambda p, n: {EVIL: n % 7 + p["x" + EVIL], "b" + EVIL: n % 5}, space=space, goals=goals
    )
    trials = [
        replace(
            t,
            reason=EVIL if t.end is End.STOPPED else "",
            unusable={EVIL: EVIL},
            proposal=Proposal(EVIL, 0.5, EVIL, 0.1, (EVIL,)),
        )
        for t in study.trials
    ]
    failed = TrialRecord(99, EVIL, End.FAILED, EVIL, started=0.0, ended=1.0)
    return replace(
        study,
        id=EVIL,
        name=EVIL,
        place=EVIL,
        config={"tuner": {"name": EVIL}, "maxTrialNumber": EVIL, EVIL: EVIL},
        trials=(*trials, failed),
        journal=JournalView(fallbacks=(EVIL,), rejected=(EVIL,), arms={EVIL: 40}),
    )


def test_what_trials_report_is_escaped(page: Path) -> None:
    text = make_report(hostile_study())
    assert "<img" not in text
    hostile, plain = Page(text), Page(page.read_text(encoding="utf-8"))
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in plain.elements} | {"wbr"}
    scripts = [tag for tag, _ in hostile.elements if tag == "script"]
    assert len(scripts) == 3  # data, plotting library, ours
    assert hostile.texts["h1"].startswith(EVIL)
    assert "49" not in hostile.texts["h1"]
    for key in plots(hostile):  # plotly takes HTML, and is given none of theirs
        assert "<img" not in json.dumps(hostile.figure(key))


@pytest.mark.parametrize("format", ["md", "json", "csv"])
def test_other_formats_stay_intact_too(format: Any) -> None:
    text = make_report(hostile_study(), format)
    if format == "json":
        assert json.loads(text, parse_constant=pytest.fail)["experiment"] == EVIL
    elif format == "md":
        outside = [part for i, part in enumerate(text.split("```")) if i % 2 == 0]
        assert "<img" not in "".join(outside).replace("\\<img", "")


def test_values_that_are_not_finite_do_no_harm() -> None:
    study = make_study(lambda p, n: {"default": 1e308 if n == 3 else p["width"]}, n=30)
    trials = [
        replace(t, values={"odd": 1.0}, end=End.FAILED, reason="NaN") if t.number == 5 else t
        for t in study.trials
    ]
    page = Page(make_report(replace(study, trials=tuple(trials))))
    assert page.data["trials"]["trials"]["5"]["reason"] == "NaN"


def test_an_early_report_of_a_running_experiment() -> None:
    """One trial has ended, one runs, one waits for its parameters: no part may stumble."""
    study = make_study(two_objectives, n=3, goals=GOALS, ended=None)
    first, second, third = study.trials
    running = replace(second, end=End.RUNNING, values={}, ended=None, reports=second.reports[:1])
    waiting = TrialRecord(2, third.job_id, End.WAITING)
    page = make_report(replace(study, trials=(first, running, waiting)))
    assert "still running" in page
    assert "progress-0" in plots(Page(page))


def test_without_a_result_the_report_says_why() -> None:
    study = make_study(two_objectives, n=3)
    failed = [
        replace(t, end=End.FAILED, reason="no data", values={}, reports=()) for t in study.trials
    ]
    page = Page(make_report(replace(study, trials=tuple(failed))))
    assert not plots(page) - {"arms-choices"}
    assert "No trial has succeeded with a usable result yet; 3 of 3 trials" in page.texts["dd"]


@pytest.mark.parametrize("space", [None, {"x": {"_type": "odd"}}])
def test_without_a_search_space_the_rest_is_there(space: Any) -> None:
    study = replace(make_study(two_objectives, goals=GOALS), space=space)
    page = Page(make_report(study))
    assert "front-0" in plots(page)
    assert page.data["trials"]["parallel"]["axes"] == []
    assert "parameters cannot be analysed" in page.texts["p"]


def test_an_experiment_without_trials_is_one_clear_line() -> None:
    with pytest.raises(DataError, match="nowhere: no trial has started"):
        make_report(make_study(two_objectives, n=0))


def test_a_missing_package_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(
        MissingDependencyError, match=r"plotly: pip install 'nni-hpo-ext\[report\]'"
    ):
        make_report(make_study(two_objectives, n=12))
    assert make_report(make_study(two_objectives, n=12), "md")


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no_such"):
        write_report(make_study(two_objectives, n=12), tmp_path / "no_such" / "r.csv", "csv")


def test_a_large_study_is_thinned_and_says_so() -> None:
    study = make_study(two_objectives, n=700, goals=GOALS)
    text = make_report(study)
    page = Page(text)
    assert len(text) < 10e6
    assert "200 of 700 curves are shown" in page.texts["curves-reading"]
    assert re.search(r"Not shown: \d+ dominated trials", page.texts["front-0-reading"])
    drawn = sum(len(t["x"]) for t in page.figure("progress-0")["data"])
    assert drawn < 1000
