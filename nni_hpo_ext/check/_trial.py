"""Run one real trial of a config as NNI's local training service does, without a manager."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nni_hpo_ext.budget import with_budget
from nni_hpo_ext.check._budget import least_budget
from nni_hpo_ext.config import load_config, objectives
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import NO_RESULT, read_final
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.trial_process import TrialProcess

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["TrialRun", "run_trial"]

_ID = "check"


@dataclass(frozen=True, slots=True)
class TrialRun:
    """The result of one trial.

    Attributes
    ----------
    params
        Its parameters.
    intermediate, final
        Its reported results, in order.
    exit_code
        Exit code of its command; None if it was ended at the time limit.
    seconds
        Its duration.
    said
        The last lines of its stderr, or of its stdout if stderr is empty.
    problem
        What is wrong with its final result; empty if nothing is.
    """

    params: Mapping[str, Any]
    intermediate: tuple[Any, ...]
    final: tuple[Any, ...]
    exit_code: int | None
    seconds: float
    said: str
    problem: str = ""


def run_trial(path: Path, limit: float) -> TrialRun:
    """Run one trial of the config at ``path``, with parameters sampled from its search space.

    Hyperband and BOHB add the smallest ``TRIAL_BUDGET``.

    Parameters
    ----------
    path
        NNI config file in which `check_config` finds no error.
    limit
        Seconds after which the trial is ended.

    Raises
    ------
    ConfigError
        If its trials do not run on this machine, or its search space is empty.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> config = '''
    ... searchSpace: {lr: {_type: uniform, _value: [0, 1]}}
    ... trialCommand: echo no result
    ... trialConcurrency: 1
    ... tuner: {name: Random}
    ... trainingService: {platform: local}
    ... '''
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "config.yml")
    ...     _ = path.write_text(config)
    ...     trial = run_trial(path, limit=60)
    >>> trial.exit_code, trial.said, list(trial.params)
    (0, 'no result', ['lr'])
    """
    config = load_config(path)
    if getattr(config.training_service, "platform", "") != "local":
        raise ConfigError(f"{path}: --trial supports only the local training service")
    if not config.search_space:
        raise ConfigError(f"{path}: --trial needs a search space to sample parameters from")
    space = SearchSpace(config.search_space)
    params = space.decode(np.random.default_rng().random(len(space)))
    budget = least_budget(config.json())
    params = params if budget is None else with_budget(params, budget)
    with tempfile.TemporaryDirectory(prefix="nni-hpo-trial-") as scratch:
        return _run(config, params, Path(scratch), limit)


def _run(
    config: ExperimentConfig, params: Mapping[str, Any], directory: Path, limit: float
) -> TrialRun:
    service = config.training_service
    started = time.monotonic()
    with TrialProcess(
        ["/bin/bash", "-c", service.trial_command],
        params,
        directory,
        code_directory=service.trial_code_directory,
        experiment=_ID,
        job=_ID,
        environment={"CUDA_VISIBLE_DEVICES": ""} if service.trial_gpu_number == 0 else None,
    ) as process:
        code = process.wait(limit)
    seconds = time.monotonic() - started
    reports = list(process.new_reports())
    final = tuple(value for kind, value in reports if kind == "FINAL")
    return TrialRun(
        params,
        tuple(value for kind, value in reports if kind == "PERIODICAL"),
        final,
        code,
        seconds,
        process.said(),
        _problem(config, final),
    )


def _problem(config: ExperimentConfig, final: Sequence[Any]) -> str:
    if not final:
        return NO_RESULT
    return read_final(final[-1], *objectives(config.json(), final)).problem
