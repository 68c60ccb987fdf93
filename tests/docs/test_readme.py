"""README shows what the package prints today, and draws the packages that exist."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import yaml
from pages import DOCS, blocks
from rich.console import Console
from test_architecture import LAYERS, PACKAGE

from nni_hpo_ext.assessors import MedianStopAssessor
from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.simulate import import_class
from nni_hpo_ext.study import read_study, show_result

README = DOCS.parent / "README.md"
QUICKSTART = DOCS.parent / "configs" / "quickstart.yml"
MAX_WORDS = 900
OMITTED = "..."
N_EPOCHS = 10
# Where the learning curve of each trial ends: the fifth is hopeless.
LEVELS = [0.9, 0.92, 0.91, 0.93, 0.1, 0.94, 0.95, 0.99]


def shape(text: str) -> str:
    """Return the words of a text with numbers and paths masked, however its lines are wrapped."""
    return " ".join(re.sub(r"\S*/\S*|\d[\w.+-]*", "#", text).split())


@pytest.fixture
def result(experiment: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Print the result of an experiment with the objectives and the assessor of the quickstart."""
    config = yaml.safe_load(QUICKSTART.read_text())
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(experiment.directory / "checkpoint"))
    objectives = config["tuner"]["classArgs"]["objectives"]
    assessor = MedianStopAssessor(objectives=objectives)
    experiment.config(config)
    for number, level in enumerate(LEVELS):
        run_trial(experiment, assessor, number, level, 900 if level == max(LEVELS) else 500)
    out = StringIO()
    show_result(read_study(experiment.directory), Console(file=out, width=80))
    return out.getvalue()


def run_trial(
    experiment: Any, assessor: MedianStopAssessor, number: int, level: float, size: int
) -> None:
    job = f"job{number}"
    experiment.submit(job, number, number, dict.fromkeys(parameter_names(), number))
    curve = [level * (1 - 0.5**epoch) for epoch in range(1, N_EPOCHS + 1)]
    stopped = False
    reports = [{"default": value, "parameters": size} for value in curve]
    for step in range(N_EPOCHS):
        experiment.report(job, number, reports[step], step=step)
        stopped = assessor.assess_trial(job, reports[: step + 1]).name == "Bad"
        if stopped:
            break
    partial = {"partial": ["default"]} if stopped else {}
    experiment.report(job, number, reports[step] | partial, final=True)
    experiment.event(job, "USER_CANCELED" if stopped else "SUCCEEDED", number)
    assessor.trial_end(job, not stopped)


def parameter_names() -> list[str]:
    return re.findall(r"(\w+)=", sample().split(" parameters=")[1])


def sample() -> str:
    return next(b for b in blocks(str(README), "text") if b.startswith("Trials:"))


def test_the_sample_has_the_words_that_are_printed_today(result: str) -> None:
    printed, place = shape(result), 0
    for part in map(shape, sample().split(OMITTED)):
        place = printed.find(part, place)
        assert place >= 0, f"{part!r} is not printed, or not in this place:\n{result}"


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").split()) <= MAX_WORDS


def test_links_and_pictures_lead_to_files() -> None:
    text = README.read_text(encoding="utf-8")
    targets = re.findall(r'(?:\]\(|src=")([^)"]+)', text)
    files = [t for t in targets if not t.startswith("http")]
    assert [name for name in files if not (README.parent / name).exists()] == []
    assert {"docs/images/report.png", "docs/images/webui.png"} <= set(files)


def test_the_three_lines_name_a_tuner_and_its_arguments() -> None:
    tuner = yaml.safe_load(blocks(str(README), "yaml")[0])["tuner"]
    entry = {entry.name: entry for entry in ALGORITHMS}[tuner["name"]]
    assert entry.kind == "tuner"
    assert import_class(entry.class_name)(**tuner["classArgs"])


def rows() -> Iterator[list[int]]:
    """Yield the places in `LAYERS` of the packages in each row of the picture."""
    picture = blocks(str(README), "text")[-1]
    for row in re.split("^-{10,}.*$", picture, flags=re.MULTILINE)[1:-1]:
        yield sorted(LAYERS.index(name) for name in re.findall(r"(\w+)/", row))


def test_the_picture_has_every_package_in_the_order_of_the_layers() -> None:
    places = list(rows())
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {LAYERS[place] for row in places for place in row} == packages
    for above, below in itertools.pairwise(places):
        assert above[-1] < below[0], (LAYERS[above[-1]], LAYERS[below[0]])
