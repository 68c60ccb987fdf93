"""Studies as a job leaves them in the studio's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from experiment_files import FakeExperiment

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.studio.jobs import keep_state, write_config
from nni_hpo_ext.studio.models import search_space
from nni_hpo_ext.studio.pages import StudioStore
from nni_hpo_ext.study import HeldOutScore, keep_score

Result = Callable[[Mapping[str, Any]], Any]


def add_experiment(
    store: StudioStore,
    set_id: int,
    result: Result,
    models: Iterable[str] = ("svm", "logistic"),
    n: int = 40,
    search: str = "Diversified",
    goals: Mapping[str, Any] | None = None,
) -> tuple[int, FakeExperiment]:
    """Add a study of random trials; its job has not ended."""
    number = store.add_study(set_id, "colours", {"search": search})
    folder = store.study_folder(number)
    space = search_space(list(models), 24)
    tuner = {"name": search, "classArgs": {"objectives": goals} if goals else {}}
    config: dict[str, Any] = {"searchSpace": space, "tuner": tuner, "trialConcurrency": 1}
    write_config(folder, config)
    keep_state(folder, "searching")
    experiment = FakeExperiment(folder / "nni" / f"exp{number}")
    experiment.config(config)
    parsed, generator = SearchSpace(space), np.random.default_rng(0)
    for trial in range(n):
        params = parsed.decode(parsed.sample(1, generator)[0])
        experiment.submit(f"job{trial}", trial, trial, params)
        experiment.report(f"job{trial}", trial, result(params["model"]), final=True)
        experiment.event(f"job{trial}", "SUCCEEDED", trial)
    return number, experiment


def add_finished(
    store: StudioStore,
    set_id: int,
    result: Result,
    right: int = 8,
    card: Mapping[str, Any] | None = None,
    **how: Any,
) -> int:
    """Add a study whose best model is `right` on 10 test images; return its number."""
    number, experiment = add_experiment(store, set_id, result, **how)
    kept = experiment.directory / "environments" / "local-env" / "trials" / "job0"
    kept.mkdir(parents=True)
    usual = {"title": "Support vector machine", "labels": ["red", "blue"], "baselines": {}}
    (kept / "model.json").write_text(json.dumps({**usual, **(card or {})}))
    answers = np.eye(2)[[1] * (10 - right) + [0] * right]
    part = {"rows": np.arange(10), "targets": np.zeros(10, dtype=int), "probabilities": answers}
    both = {**part, **{f"validation_{name}": values for name, values in part.items()}}
    np.savez(kept / "test.npz", allow_pickle=False, **both)
    score = HeldOutScore(0, "job0", "accuracy", right / 10, 0.9, 10, "colours")
    keep_score(experiment.directory, score)
    keep_state(store.study_folder(number), "done")
    return number
