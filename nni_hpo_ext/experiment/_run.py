"""Run an experiment from start to end and print its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from nni_hpo_ext import registry
from nni_hpo_ext.check import check_machines
from nni_hpo_ext.config import load_config
from nni_hpo_ext.experiment._follow import Limits, follow
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._launch import Manager, free_port, launch
from nni_hpo_ext.experiment._progress import Progress
from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.experiment._workers import Workers
from nni_hpo_ext.files import tail, write_json
from nni_hpo_ext.render.text import printable
from nni_hpo_ext.study import (
    End,
    Study,
    manager_error,
    read_study,
    show_result,
    to_json,
    trial_stderr,
    tuner_error,
)

__all__ = ["RunOptions", "run"]

# Ends before the experiment is done; NNI can resume it.
_CUT_SHORT = (Kind.FAILED, Kind.INTERRUPTED, Kind.TIMEOUT, Kind.STALLED)
_INTERRUPTED = 130  # exit code in a shell after Ctrl-C


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run.

    Attributes
    ----------
    port
        Port of the WebUI; None for a free one.
    host
        Address to listen on; see `launch`.
    json
        File to which the result is written as JSON.
    poll
        Seconds between two updates.
    limits
        Limits that end the run early.
    resume
        Id of a stopped experiment to continue with the rest of its budget; empty for a new one.
        NNI then uses the config with which it was started.
    """

    port: int | None = None
    host: str | None = None
    json: Path | None = None
    poll: float = 2.0
    limits: Limits = field(default_factory=Limits)
    resume: str = ""


def run(config_path: Path, options: RunOptions, out: Console, err: Console) -> int:
    """Run the experiment of a config file to its end.

    Parameters
    ----------
    config_path
        NNI config file, v2 form.
    options
        Port, output and limits.
    out, err
        Where the result, and the cause of a failure, are printed.

    Returns
    -------
    int
        Exit code: 0 if the experiment ended regularly with at least one usable result, 130 if
        it was interrupted, else 1.

    Raises
    ------
    ConfigError
        If NNI rejects the config.
    ExperimentError
        If the experiment cannot be started, or its files cannot be read or written.

    Examples
    --------
    >>> out, err = Console(), Console(stderr=True)
    >>> run(Path("config.yml"), RunOptions(port=8080), out, err)  # doctest: +SKIP
    0
    """
    registry.register()
    config = load_config(config_path)
    with Interrupts() as interrupts:
        manager = launch(config, options.port or free_port(), options.host, options.resume)
        interrupts.on_repeat = manager.process.kill
        workers = Workers(config.json(), manager.directory)
        try:
            outcome = _watch(manager, config.json(), workers, options, interrupts, out)
        finally:
            killed = manager.family.end(manager.process, soon=interrupts.asked)
            killed_there = workers.end()
    for where, number in {"this machine": len(killed), **killed_there}.items():
        if number:
            err.print(f"Killed {number} of the experiment's processes that NNI left on {where}.")
    again = f"nni-hpo run {config_path} --resume {manager.experiment_id}"
    return _conclude(read_study(manager.directory), outcome, options.json, again, out, err)


def _watch(
    manager: Manager,
    config: dict[str, Any],
    workers: Workers,
    options: RunOptions,
    interrupts: Interrupts,
    out: Console,
) -> Outcome:
    name = config.get("experimentName") or "unnamed"
    out.print(f"Experiment {manager.experiment_id} ({name})", soft_wrap=True)
    out.print(f"WebUI: http://localhost:{manager.port}  (end with Ctrl-C)", soft_wrap=True)
    if manager.listening.reason:
        out.print(str(manager.listening), soft_wrap=True)
    with Progress(out) as progress:
        outcome = follow(
            manager, config, workers, progress, interrupts, options.poll, options.limits
        )
    out.print(f"Ended: {outcome.message}.", soft_wrap=True)
    return outcome


def _conclude(
    result: Study,
    outcome: Outcome,
    json_path: Path | None,
    again: str,
    out: Console,
    err: Console,
) -> int:
    """Print the result and the cause of a failure; return the exit code."""
    show_result(result, out)
    code, cause = _verdict(result, outcome)
    if json_path is not None:
        summary = {"outcome": outcome.kind.value, "message": outcome.message}
        write_json(json_path, {**summary, "exit_code": code, "cause": cause, **to_json(result)})
    if cause:
        err.print(printable(cause), soft_wrap=True)
    if outcome.kind in _CUT_SHORT and result.trials:
        out.print(f"To continue: {again}", soft_wrap=True)
    elif result.best is not None:
        out.print(f"Next: nni-hpo report {Path(result.place).name}", soft_wrap=True)
    return code


def _verdict(result: Study, outcome: Outcome) -> tuple[int, str]:
    """Return the exit code, and the cause of a failure."""
    if outcome.kind is Kind.INTERRUPTED:
        return _INTERRUPTED, ""
    if outcome.kind in (Kind.FAILED, Kind.STALLED):
        return 1, _failure(result, outcome.message)
    if result.best is None:
        return 1, _no_success(result)
    return (1, outcome.message) if outcome.kind is Kind.TIMEOUT else (0, "")


def _failure(result: Study, message: str) -> str:
    directory = Path(result.place)
    log, unstarted = directory / "log", manager_error(directory)
    if unstarted:
        found = [str(f) for f in check_machines(result.config) if not f.warning]
        return "\n".join(f"Failed: {f}" for f in found or [f"NNI cannot start trials: {unstarted}"])
    for name, text in (
        ("dispatcher.log", tuner_error(directory)),
        ("nnictl_stderr.log", tail(log / "nnictl_stderr.log")),
    ):
        if text:
            return f"Failed: {message}.\nFrom {log / name}:\n{text}"
    return f"Failed: {message}; see {log}"


def _no_success(result: Study) -> str:
    failed = result.of(End.FAILED)
    if not failed:
        return "Failed: no trial succeeded."
    first = failed[0]
    text = trial_stderr(Path(result.place), first.job_id)
    output = f"\nIts last lines:\n{text}" if text else ""
    return f"Failed: no trial succeeded. Trial {first.number}: {first.reason}.{output}"
