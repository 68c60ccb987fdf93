"""A made-up experiment directory, with NNI's own database layout."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

_SCHEMA = """
create table TrialJobEvent (timestamp integer, trialJobId text, event text, data text,
    logPath text, sequenceId integer, message text, environmentId text);
create table MetricData (timestamp integer, trialJobId text, parameterId text, type text,
    sequence integer, data text);
create table ExperimentProfile (params text, id text, execDuration integer, startTime integer,
    endTime integer, logDir text, nextSequenceId integer, revision integer);
"""


class FakeExperiment:
    """Writes what NNI's manager would have written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("db", "log", "checkpoint"):
            (directory / name).mkdir(parents=True)
        self._db = sqlite3.connect(directory / "db" / "nni.sqlite")
        self._db.executescript(_SCHEMA)
        self.is_managed = True
        self._clock = 0
        self._revision = 0
        self.config({"tuner": {"name": "Random"}})

    def _insert(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * len(values))
        self._db.execute(f"insert into {table} values ({marks})", values)
        self._db.commit()

    def now(self, seconds: float) -> None:
        """Let what is written next happen at this time or later."""
        self._clock = max(self._clock, int(1000 * seconds))

    def _now(self) -> int:
        self._clock += 1000
        return self._clock

    def config(self, config: dict[str, Any]) -> None:
        self._revision += 1
        row = (json.dumps(config), self.directory.name, 0, 0, None, "", 0, self._revision)
        self._insert("ExperimentProfile", *row)

    def event(self, job: str, name: str, number: int, form: dict[str, Any] | None = None) -> None:
        data = None if form is None else json.dumps(form)
        self._insert("TrialJobEvent", self._now(), job, name, data, "", number, None, "local-env")

    def submit(self, job: str, number: int, parameter_id: int, params: dict[str, Any]) -> None:
        form = {"parameter_id": parameter_id, "parameters": params}
        self.event(job, "RUNNING", number, form)

    def report(
        self, job: str, parameter_id: int, value: Any, *, step: int = 0, final: bool = False
    ) -> None:
        kind = "FINAL" if final else "PERIODICAL"
        data = json.dumps(json.dumps(value))
        self._insert("MetricData", self._now(), job, str(parameter_id), kind, step, data)

    def trial(
        self, number: int, final: Any = None, *, status: str = "SUCCEEDED", steps: int = 0
    ) -> str:
        """Write a whole trial with the parameter ``x = number``; return its job id."""
        job = f"job{number}"
        self.submit(job, number, number, {"x": number})
        for step in range(steps):
            self.report(job, number, float(step), step=step)
        if final is not None:
            self.report(job, number, final, final=True)
        if status:
            self.event(job, status, number)
        return job

    def log(self, name: str, *lines: str) -> None:
        with (self.directory / "log" / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def journal(self, name: str, text: str) -> None:
        (self.directory / "checkpoint" / name).write_text(text, encoding="utf-8")

    def stderr(self, job: str, text: str) -> None:
        trial = self.directory / "environments" / "local-env" / "trials" / job
        trial.mkdir(parents=True)
        (trial / "trial.stderr").write_text(text, encoding="utf-8")


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeExperiment:
    """An experiment whose manager is taken to be alive, until ``is_managed`` is False."""
    made = FakeExperiment(tmp_path / "exp1")
    study = "nni_hpo_ext.study"
    monkeypatch.setattr(f"{study}._read.manager_alive", lambda id: made.is_managed)
    ids = {True: frozenset({"exp1"}), False: frozenset[str]()}
    monkeypatch.setattr(f"{study}._overview.managed_experiments", lambda: ids[made.is_managed])
    return made
