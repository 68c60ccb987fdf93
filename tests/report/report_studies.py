"""Makes studies to report on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import End, JournalView, Proposal, Report, Study, TrialRecord
from nni_hpo_ext.types import Objective, Params

SPACE = {
    "rate": {"_type": "loguniform", "_value": [1e-5, 1.0]},
    "width": {"_type": "randint", "_value": [8, 129]},
    "optimizer": {"_type": "choice", "_value": ["sgd", "adam"]},
    "inter_op_parallelism_threads": {"_type": "randint", "_value": [1, 3]},
    "head": {
        "_type": "choice",
        "_value": [
            {"_name": "none"},
            {"_name": "dense", "units": {"_type": "quniform", "_value": [8, 64, 8]}},
        ],
    },
}
GOALS = (Objective("default", "maximize"), Objective("runtime", "minimize"))

Value = Callable[[Params, int], dict[str, float]]


def make_study(
    values: Value, n: int = 40, space: Any = SPACE, goals: Any = GOALS[:1], **changes: Any
) -> Study:
    """Make a study of random trials, each a minute long, of which every tenth was stopped."""
    parsed, rng = SearchSpace(space), np.random.default_rng(0)
    trials = []
    for number in range(n):
        params = parsed.decode(parsed.sample(1, rng)[0])
        stopped = number % 10 == 9
        found = values(params, number)
        length = 3 if stopped else 6
        first = found[goals[0].name]
        trials.append(
            TrialRecord(
                number=number,
                job_id=f"job{number}",
                end=End.STOPPED if stopped else End.SUCCEEDED,
                reason="below the median" if stopped else "",
                params=params,
                values={**found, goals[0].name: first / 2} if stopped else found,
                reports=tuple(
                    Report(s, 60.0 * number + 10 * (s + 1), v, {goals[0].name: v})
                    for s in range(length)
                    for v in [first * (s + 1) / 6]
                ),
                started=60.0 * number,
                ended=60.0 * number + 10 * length,
                parameter_id=str(number),
                proposal=Proposal(("gp", "forest")[number % 2], 0.5, "by turns", 0.25),
            )
        )
    study = Study(
        id="abc",
        name="made up",
        place="nowhere",
        directory=None,
        config={"maxTrialNumber": n, "trialConcurrency": 1, "tuner": {"name": "Diversified"}},
        space=space,
        objectives=goals,
        trials=tuple(trials),
        journal=JournalView(arms={"gp": n - n // 2, "forest": n // 2}),
        began=0.0,
        ended=60.0 * n,
    )
    return replace(study, **changes)


def two_objectives(params: Params, number: int) -> dict[str, float]:
    """Return an accuracy by the rate and a time by the width and the threads."""
    accuracy = 1 - (np.log10(params["rate"]) + 2) ** 2 / 16
    return {
        "default": float(accuracy),
        "runtime": params["width"] / 10 + 5 * params["inter_op_parallelism_threads"],
    }
