"""Optimise a Python function."""

from __future__ import annotations

import importlib.util
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nni_hpo_ext.arguments import number, whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.functions._progress import ProgressBar
from nni_hpo_ext.functions._send import pickled, thread_limits
from nni_hpo_ext.functions._store import new_directory, opened, plain
from nni_hpo_ext.functions._trials import TrialLoop
from nni_hpo_ext.metrics import DEFAULT, objectives_from_config
from nni_hpo_ext.notebook import StudyView, load
from nni_hpo_ext.study import served_record

__all__ = ["optimize"]


def optimize(
    function: Callable[..., Any],
    space: Mapping[str, Any],
    *,
    objectives: str | Mapping[str, Any] = "maximize",
    n_trials: int = 50,
    n_jobs: int = 1,
    tuner: str | None = None,
    tuner_args: Mapping[str, Any] | None = None,
    assessor: str | None = None,
    assessor_args: Mapping[str, Any] | None = None,
    seed: int | None = None,
    timeout: float | None = None,
    directory: str | Path | None = None,
    max_failures: int = 3,
    progress: bool = True,
) -> StudyView:
    """Optimise a Python function with a tuner, in processes and without NNI's manager.

    The function is called with a dict of parameters and returns a number, or a dict with all
    objectives. To report intermediate results, it takes a second argument, ``report``, and calls
    it with a number or a dict; or it is a generator that yields them. When the assessor stops a
    trial, the call of ``report`` does not return, or the generator is closed.

    Trials run in processes of their own, so that an exception, a crash or a lack of memory fails
    one trial only. Every result is on the disk before the next trial starts. Calling the function
    again with the same ``directory`` goes on where it ended, even after ``kill -9``; trials that
    were running start again. Ctrl-C ends the running trials and returns what there is.

    Parameters
    ----------
    function
        The function. It may be defined in a script or a notebook.
    space
        NNI search space, for example ``{"lr": {"_type": "loguniform", "_value": [1e-4, 0.1]}}``.
    objectives
        ``maximize`` or ``minimize``, or the directions by name, most important first, of a
        function that returns a dict. A mapping in place of a direction adds a label and a unit for
        figures: ``{"acc": {"direction": "maximize", "label": "accuracy", "unit": "%"}}``.
    n_trials
        Number of trials, including earlier ones of the directory.
    n_jobs
        Number of processes; -1 for one per processor.
    tuner, tuner_args
        Name of a registered tuner and its class arguments. By default ``Diversified``; for several
        objectives ``Dragonfly``, or ``Evolution`` if dragonfly-opt is not installed.
    assessor, assessor_args
        Name of a registered assessor, which stops trials early, and its class arguments.
    seed
        Seed of the tuner.
    timeout
        Seconds after which no more trials start.
    directory
        Directory of the study; by default a new one in ``~/nni-experiments``.
    max_failures
        Give up if so many of the first trials fail with the same error; 0 for no limit.
    progress
        Whether to show a progress bar.

    Returns
    -------
    StudyView
        The study.

    Raises
    ------
    ConfigError
        If an argument is invalid, or the function cannot be sent to a process.
    ExperimentError
        If the tuner fails, the first trials fail alike, or another process uses the directory.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import nni_hpo_ext as hpo
    >>> def parabola(params):
    ...     return (params["x"] - 0.3) ** 2
    >>> space = {"x": {"_type": "uniform", "_value": [0, 1]}}
    >>> options = {"objectives": "minimize", "n_trials": 5, "progress": False, "seed": 0}
    >>> with TemporaryDirectory() as folder:
    ...     study = hpo.optimize(parabola, space, directory=Path(folder, "parabola"), **options)
    >>> len(study.trials), study.best.values["default"] < 0.1
    (5, True)
    """
    goals = _objectives(objectives)
    definition = {
        "search_space": plain("space", dict(space)),
        "tuner": {"name": tuner or _usual(goals), "classArgs": _arguments("tuner", tuner_args)},
        "assessor": _assessor(assessor, assessor_args),
        "objectives": goals,
        "seed": seed,
        "max_trials": whole_number("n_trials", n_trials, 1),
    }
    most = math.inf if timeout is None else number("timeout", timeout, 0)
    deadline = time.monotonic() + most
    sent, jobs = pickled(function), _jobs(n_jobs)
    folder = new_directory(function) if directory is None else Path(directory).expanduser()
    with opened(folder, definition) as study:
        bar = ProgressBar(study.objectives, n_trials, shown=progress)
        for trial in study.log.trials:
            if trial.result is not None:
                bar.add(served_record(trial, study.objectives))
        loop = TrialLoop(
            study,
            sent,
            jobs,
            thread_limits(jobs),
            lambda trial: bar.add(served_record(trial, study.objectives)),
            whole_number("max_failures", max_failures, 0),
        )
        with _interrupts() as is_interrupted, bar:
            loop.run(is_interrupted, deadline)
    return load(str(folder))


def _objectives(given: str | Mapping[str, Any]) -> dict[str, Any]:
    goals = {DEFAULT: given} if isinstance(given, str) else plain("objectives", dict(given))
    objectives_from_config(goals, "maximize")  # names every mistake
    return dict(goals)


def _usual(goals: Mapping[str, str]) -> str:
    """Return the default tuner."""
    if len(goals) == 1:
        return "Diversified"
    return "Dragonfly" if importlib.util.find_spec("dragonfly") else "Evolution"


def _arguments(kind: str, given: Mapping[str, Any] | None) -> Any:
    return plain(f"{kind}_args", dict(given or {}))


def _assessor(name: str | None, arguments: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if name is None:
        if arguments:
            raise ConfigError("assessor_args needs an assessor")
        return None
    return {"name": name, "classArgs": _arguments("assessor", arguments)}


def _jobs(given: int) -> int:
    from joblib import effective_n_jobs

    if given == -1:
        return int(effective_n_jobs(-1))
    return whole_number("n_jobs", given, 1)


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a flag; a second one interrupts at once."""
    from nni_hpo_ext.experiment import Interrupts

    if threading.current_thread() is not threading.main_thread():  # signals go elsewhere
        yield lambda: False
        return
    with Interrupts((signal.SIGINT,)) as interrupts:
        interrupts.on_repeat = _raise_interrupt
        yield lambda: interrupts.asked


def _raise_interrupt() -> None:
    raise KeyboardInterrupt
