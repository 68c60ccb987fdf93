"""Train the best trials of an experiment again, with new seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.followup._runs import Rerun, Trainer
from nni_hpo_ext.followup._verdict import Retrained, Retraining
from nni_hpo_ext.study import Study, TrialRecord

__all__ = ["retrain"]

_FILE = "retrain.jsonl"


def retrain(
    study: Study,
    *,
    seeds: int = 5,
    top: int = 2,
    front: bool = False,
    jobs: int = 1,
    seed_name: str = "seed",
    path: Path | None = None,
    say: Callable[[Rerun], None] = lambda run: None,
) -> Retraining:
    """Train the best configurations of an experiment again, and compare them over seeds.

    The best of many trials is partly the luckiest one; new seeds show how much. The trial command
    runs without NNI's manager and without early stopping. It gets the seeds 1, 2, ... as a
    parameter and in the environment variable ``NNI_HPO_SEED``. Finished trainings are kept and not
    repeated.

    Parameters
    ----------
    study
        The experiment.
    seeds
        Number of seeds for each configuration; a lead takes at least 4 to be shown.
    top
        Number of configurations, the best first.
    front
        Train all of the Pareto front instead.
    jobs
        Number of trainings at a time.
    seed_name
        Parameter that takes the seed; empty for scripts that draw their own.
    path
        File of the finished trainings; by default ``retrain.jsonl`` in the experiment's directory.
    say
        Called with each training that ends.

    Raises
    ------
    DataError
        If the study has no trial command, no result or no front.
    ExperimentError
        If all trainings failed.

    Examples
    --------
    >>> from nni_hpo_ext.followup import retrain
    >>> from nni_hpo_ext.study import load_study
    >>> retrain(load_study("latest"), seeds=5).verdicts()  # doctest: +SKIP
    ['The lead of trial 3 over trial 7 is real: default 0.945 against 0.905 (p = 0.008).']
    """
    chosen = _chosen(study, top, front)
    if path is None:
        if study.directory is None:
            raise DataError(f"{study.id}: its directory is not on this machine; give --out FILE")
        path = study.directory / _FILE
    wanted = [(trial, seed) for seed in _new_seeds(chosen, seeds, seed_name) for trial in chosen]
    runs = Trainer(study, seed_name, path).train(wanted, jobs, say)
    if all(run.error for run in runs):
        hint = f"; it got the parameter {seed_name!r}, see --seed-name" if seed_name else ""
        raise ExperimentError(f"{study.id}: all trainings failed: {runs[0].error}{hint}")
    return Retraining(
        study.objectives,
        tuple(Retrained(t, tuple(r for r in runs if r.trial == t.number)) for t in chosen),
        is_front=front,
    )


def _new_seeds(trials: Sequence[TrialRecord], count: int, name: str) -> list[int]:
    """Return the smallest seeds from 1 that the experiment did not use."""
    used = {(trial.params or {}).get(name) for trial in trials}
    return [seed for seed in range(1, count + len(used) + 1) if seed not in used][:count]


def _chosen(study: Study, top: int, front: bool) -> tuple[TrialRecord, ...]:
    if not study.trial_setting("trialCommand"):
        raise DataError(f"{study.id} is not an NNI experiment: it has no trial command to run")
    if front and not study.front:
        raise DataError(f"{study.id} has no Pareto front: it takes several objectives")
    chosen = study.front if front else study.ranking[:top]
    if not chosen:
        raise DataError(f"{study.id}: no trial has a usable result to train again")
    return chosen
