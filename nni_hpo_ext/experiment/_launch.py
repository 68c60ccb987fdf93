"""Start an NNI manager and its experiment."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._addresses import Listening, listening
from nni_hpo_ext.experiment._processes import Family
from nni_hpo_ext.experiment._resume import note_resume
from nni_hpo_ext.experiment._spawn import platform, spawn
from nni_hpo_ext.study import RestClient

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["Manager", "free_port", "launch"]

# A busy machine may need minutes to start node; a manager that dies is detected at once.
_START_SECONDS = 300.0


@dataclass(frozen=True)
class Manager:
    """A started NNI manager.

    Attributes
    ----------
    experiment_id
        NNI's id of the experiment.
    port
        Port of its WebUI and REST interface.
    directory
        The experiment's files: ``db``, ``log``, ``checkpoint``, ``environments``.
    process
        The manager's process; the dispatcher and trials are its children.
    family
        All processes of the experiment.
    rest
        Client of its REST interface.
    listening
        Where it listens.
    spent
        Seconds that the experiment ran before, if it is continued.
    """

    experiment_id: str
    port: int
    directory: Path
    process: subprocess.Popen[bytes]
    family: Family
    rest: RestClient
    listening: Listening
    spent: float = 0.0


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _require_idle(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ExperimentError(f"port {port} is in use; omit --port to use a free one")


def launch(
    config: ExperimentConfig, port: int, host: str | None = None, resume: str = ""
) -> Manager:
    """Start a manager and its experiment.

    Parameters
    ----------
    config
        As `nni_hpo_ext.config.load_config` returns it.
    port
        Port of the WebUI.
    host
        Address to listen on, besides 127.0.0.1; by default the one that the workers need.
    resume
        Id of a stopped experiment to continue, in the config's directory of experiments.

    Raises
    ------
    ExperimentError
        If the port is in use, the manager does not start, or the experiment cannot be continued;
        no process is left running.
    """
    from nni.experiment.management import generate_experiment_id

    _require_idle(port)
    experiment_id = resume or generate_experiment_id()
    directory = Path(config.experiment_working_directory) / experiment_id
    spent = note_resume(directory) if resume else 0.0
    where = listening(config.json(), host)
    log = directory / "log"
    process = spawn(config, experiment_id, port, log, where.addresses, is_resumed=bool(resume))
    manager = Manager(
        experiment_id,
        port,
        directory,
        process,
        Family(process.pid, experiment_id),
        RestClient(f"http://localhost:{port}"),
        where,
        spent,
    )
    try:
        _await_rest(manager)
        _list_in_nni(manager, config)
        manager.rest.start(config.json())
    except BaseException:
        manager.family.end(process)
        raise
    return manager


def _await_rest(manager: Manager) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while manager.rest.status() is None:
        if manager.process.poll() is not None:
            raise ExperimentError(
                _start_failure(manager.directory / "log", "ended during its start")
            )
        if time.monotonic() > deadline:
            raise ExperimentError(
                _start_failure(
                    manager.directory / "log", f"did not answer within {_START_SECONDS:g} s"
                )
            )
        time.sleep(0.1)


def _start_failure(log: Path, what: str) -> str:
    stderr = (log / "nnictl_stderr.log").read_text(encoding="utf-8", errors="replace").strip()
    return f"NNI manager {what}: {stderr[-2000:] or f'see {log}'}"


def _list_in_nni(manager: Manager, config: ExperimentConfig) -> None:
    """Add the experiment to NNI's list, for `nnictl experiment list` and `nnictl view`."""
    from nni.tools.nnictl.config_utils import Experiments

    entry: dict[str, Any] = {
        "pid": manager.process.pid,
        "logDir": str(config.experiment_working_directory),
    }
    Experiments().add_experiment(
        manager.experiment_id,
        manager.port,
        int(time.time() * 1000),
        platform(config),
        config.experiment_name,
        **entry,
    )
