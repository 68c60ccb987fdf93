"""A study from a zip file to a downloaded model, with a real NNI, and a studio that is killed."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from nni_home import Home, wait_for
from pictures import write_classes, zipped
from studio_process import Studio

pytestmark = pytest.mark.e2e


@pytest.fixture
def studio(home: Home) -> Iterator[Studio]:
    started = Studio(home)
    yield started
    started.kill()


def test_a_zip_file_becomes_a_model_though_the_studio_is_killed(
    studio: Studio,
    home: Home,
    tmp_path: Path,
    processes_at: Callable[[Path], list[psutil.Process]],
) -> None:
    archive = zipped(write_classes(tmp_path / "drawn", 30), tmp_path / "colours.zip")
    studio.post("/data/upload", data=archive.read_bytes(), headers={"x-name": "colours.zip"})
    wait_for(lambda: studio.state("/data/1")["state"] == "ready")
    choices = {
        "models": ["logistic"],
        "minutes": "5",
        "trials": "60",
        "parallel": "1",
        "goal": "90",
    }
    assert studio.post("/data/1/new", data=choices).url.endswith("/study/1/live")
    wait_for(lambda: studio.state("/study/1")["phase"] == "searching")
    studio.kill()
    studio.start()
    wait_for(lambda: studio.state("/study/1")["phase"] in ("done", "failed"), 240)
    log = (tmp_path / "studio" / "studies" / "1" / "run.log").read_text()
    assert "reached the goal" in log, log
    assert "test images" in studio.get("/study/1").text
    assert studio.get("/study/1/report.html").status_code == 200
    assert len([p for p in processes_at(tmp_path) if p.pid != studio.process.pid]) == 0

    (tmp_path / "model.zip").write_bytes(studio.get("/study/1/model.zip").content)
    folder = tmp_path / "drawn" / "red"
    answers = home.call("nni_hpo_ext", "predict", str(tmp_path / "model.zip"), str(folder))
    labels = [row["label"] for row in csv.DictReader(answers.splitlines())]
    assert labels.count("red") >= 27
    image = (folder / "0.png").read_bytes()
    found = studio.post("/study/1/try", data=image).json()
    assert found["answers"][0][0] == "red"
    assert found["nearest"][0]["label"] == "red"


def test_a_search_that_is_stopped_keeps_its_best_model(studio: Studio, tmp_path: Path) -> None:
    studio.post("/data/add", data={"folder": str(write_classes(tmp_path / "drawn", 30))})
    wait_for(lambda: studio.state("/data/1")["state"] == "ready")
    choices = {"models": ["logistic", "knn"], "minutes": "10", "trials": "100000"}
    studio.post("/data/1/new", data=choices)
    wait_for(lambda: bool(studio.state("/study/1").get("best")), 240)
    studio.post("/study/1/time", data={"minutes": "20"})
    wait_for(lambda: "29 min" in str(studio.state("/study/1")["left"]))
    studio.post("/study/1/stop")
    wait_for(lambda: studio.state("/study/1")["phase"] == "done", 120)
    assert "stopped by the user" in studio.get("/study/1").text
    assert os.path.getsize(tmp_path / "studio" / "studies" / "1" / "model.zip") > 0


def test_a_search_that_is_paused_continues(
    studio: Studio, tmp_path: Path, processes_at: Callable[[Path], list[psutil.Process]]
) -> None:
    studio.post("/data/add", data={"folder": str(write_classes(tmp_path / "drawn", 30))})
    wait_for(lambda: studio.state("/data/1")["state"] == "ready")
    choices = {"models": ["logistic", "knn"], "minutes": "10", "trials": "100000"}
    studio.post("/data/1/new", data=choices)
    wait_for(lambda: bool(studio.state("/study/1").get("best")), 240)
    studio.post("/study/1/pause")
    wait_for(lambda: studio.state("/study/1")["phase"] == "paused", 120)
    wait_for(lambda: [p.pid for p in processes_at(tmp_path)] == [studio.process.pid])
    before = len(cast(list[object], studio.state("/study/1")["trials"]))
    studio.post("/study/1/continue")
    wait_for(lambda: len(cast(list[object], studio.state("/study/1")["trials"])) > before + 2, 240)
    studio.post("/study/1/stop")
    wait_for(lambda: studio.state("/study/1")["phase"] == "done", 120)
    numbers = [trial["number"] for trial in cast(list[Any], studio.state("/study/1")["trials"])]
    assert sorted(set(numbers)) == numbers
