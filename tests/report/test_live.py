"""The report that is served while an experiment runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from report_studies import make_study, two_objectives

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.report import LiveReport, _live
from nni_hpo_ext.study import Study


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_live, "_FRESH", 0.0)


class Experiment:
    """A study that changes, or cannot be read."""

    def __init__(self) -> None:
        self.n = 0
        self.broken = False

    def load(self) -> Study:
        if self.broken:
            raise ExperimentError("the database is locked")
        study = make_study(two_objectives, n=6)
        return replace(study, trials=study.trials[: self.n], ended=None)


@contextmanager
def serving(experiment: Experiment) -> Iterator[str]:
    live = LiveReport(experiment.load)
    thread = threading.Thread(target=live.serve)
    thread.start()
    try:
        yield live.url
    finally:
        live.stop()
        thread.join()


def test_the_page_follows_the_experiment() -> None:
    experiment = Experiment()
    with serving(experiment) as url:
        assert "No trial has started yet" in requests.get(url, timeout=60).text
        before = requests.get(f"{url}version", timeout=60).text
        experiment.n = 4
        after = requests.get(f"{url}version", timeout=60).text
        page = requests.get(url, timeout=60).text
    assert before != after
    assert f'data-follow="{after}"' in page
    assert "connect-src 'self'" in page
    assert "4 trials" in page


def test_a_study_that_cannot_be_read_for_a_moment_keeps_its_page() -> None:
    experiment = Experiment()
    experiment.n = 4
    with serving(experiment) as url:
        version = requests.get(f"{url}version", timeout=60).text
        experiment.broken = True
        assert requests.get(f"{url}version", timeout=60).text == version


def test_others_are_refused() -> None:
    with serving(Experiment()) as url:
        root = url.split("/")[2]
        assert requests.get(f"http://{root}/", timeout=60).status_code == 404
        elsewhere = requests.get(url, headers={"Host": "evil.example:80"}, timeout=60)
        assert elsewhere.status_code == 421
