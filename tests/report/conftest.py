"""A study with two objectives, and its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_studies import GOALS, make_study, two_objectives

from nni_hpo_ext.study import Study


@pytest.fixture(scope="session")
def study() -> Study:
    return make_study(two_objectives, n=60, goals=GOALS)


@pytest.fixture(scope="session")
def page(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from nni_hpo_ext.report import write_report

    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(study, path)
    return path
