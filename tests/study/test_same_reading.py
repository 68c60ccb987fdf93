"""A tuner that hears reports and a reader of NNI's database understand them alike."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from experiment_files import FakeExperiment
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_hpo_ext.study import End, read_study
from nni_hpo_ext.tuners import RandomTuner
from nni_hpo_ext.types import TrialStatus

NAMES = ("default", "loss", "acc")
SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}
ENDS = {
    TrialStatus.COMPLETED: End.SUCCEEDED,
    TrialStatus.STOPPED: End.STOPPED,
    TrialStatus.FAILED: End.FAILED,
}

numbers = st.one_of(st.integers(-3, 3), st.floats(-10, 10), st.sampled_from([1e300, 10**400]))
odd = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.just([0.5]),
    st.sampled_from([math.nan, math.inf, -math.inf]), st.just({"default": 1}),
)  # fmt: skip
maximize = st.one_of(
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True), st.sampled_from(NAMES), odd
)
dicts = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.one_of(numbers, numbers, odd) for name in (*NAMES, "other")},
        "maximize": maximize,
        "partial": st.sampled_from([0, 1, True, ["loss"], ["default", "other"]]),
    },
).flatmap(lambda d: st.permutations(list(d.items())).map(dict))
reports = st.one_of(dicts, dicts, numbers, odd)
arguments = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"optimize_mode": st.sampled_from(["maximize", "minimize"])}),
    st.fixed_dictionaries(
        {
            "objectives": st.dictionaries(
                st.sampled_from(NAMES), st.sampled_from(["maximize", "minimize"]), min_size=1
            )
        }
    ),
)


def heard(arguments: dict[str, Any], reports: list[Any]) -> Any:
    """Return what a tuner makes of final reports that come one after the other."""
    tuner = RandomTuner(seed=0, **arguments)
    tuner.update_search_space(SPACE)
    for number, report in enumerate(reports):
        params = tuner.generate_parameters(number)
        tuner.receive_trial_result(number, params, report, trial_job_id=f"job{number}")
    memory = tuner._memory
    readings = [
        memory.history.reading(report, memory.objectives, memory.declared)
        for _, _, report in memory.history.reports()
    ]
    return memory.objectives, readings


@settings(max_examples=200)
@given(arguments=arguments, reports=st.lists(reports, min_size=1, max_size=4))
@example({}, [{"loss": 1, "acc": 0.8, "maximize": ["acc"]}])
@example({"objectives": {"default": "minimize"}}, [{"default": 1, "maximize": ["default"]}])
@example({}, [{"default": 1, "loss": 2, "maximize": "default"}])
@example({"objectives": {"loss": "minimize", "default": "maximize"}}, [{"default": 1, "loss": 2}])
def test_tuner_and_study_agree(arguments: dict[str, Any], reports: list[Any]) -> None:
    reports = json.loads(json.dumps(reports))  # as NNI hands them on
    objectives, readings = heard(arguments, reports)
    with tempfile.TemporaryDirectory() as folder:
        experiment = FakeExperiment(Path(folder) / "exp1")
        experiment.config(
            {"tuner": {"className": "nni_hpo_ext.tuners.RandomTuner", "classArgs": arguments}}
        )
        for number, report in enumerate(reports):
            job = f"job{number}"
            experiment.submit(job, number, number, {"x": 0.5})
            experiment.report(job, number, report, final=True)
            experiment.event(job, "SUCCEEDED", number)
        study = read_study(experiment.directory)
    assert study.objectives == objectives
    for trial, reading in zip(study.trials, readings, strict=True):
        assert trial.end is ENDS[reading.status]
        if reading.status is TrialStatus.FAILED:
            assert trial.reason == reading.problem
            continue
        read = [trial.values.get(o.name, math.nan) for o in objectives]
        assert list(map(str, read)) == list(map(str, reading.values))
        if reading.status is TrialStatus.COMPLETED:
            assert trial.reason == reading.problem
