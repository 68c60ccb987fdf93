"""Start an NNI manager: on a local address, with more time for a slow tuner to connect."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._processes import MARKER
from nni_hpo_ext.trial_process import search_path

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["platform", "spawn"]

# NNI has no settings for these, so node loads a module first that changes them:
# - The manager listens on all network interfaces without a password: anyone who reaches the port
#   can run commands. The module sets the host.
# - The manager gives up on a tuner that does not connect within 10 s, which a busy machine needs
#   for the imports alone. The module raises that limit; a tuner that dies is detected at once.
_PRELOAD_JS = """\
'use strict';
const net = require('net');
const host = process.env.NNI_HPO_HOST;
const patience = Number(process.env.NNI_HPO_TUNER_SECONDS) * 1000;
delete process.env.NNI_HPO_HOST;
delete process.env.NNI_HPO_TUNER_SECONDS;
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, host);
  return listen.apply(this, args);
};
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(function (callback, delay, ...args) {
  const gives_up = delay === 10000 && String(callback).includes('Tuner did not connect');
  return setTimer(callback, gives_up ? patience : delay, ...args);
}, setTimer);
"""
_TUNER_SECONDS = 600


def platform(config: ExperimentConfig) -> str:
    """Return the name of the training service."""
    service = config.training_service
    return "hybrid" if isinstance(service, list) else str(service.platform)


def spawn(
    config: ExperimentConfig, experiment_id: str, port: int, log: Path, host: str | None
) -> subprocess.Popen[bytes]:
    """Start the manager's process, writing to ``nnictl_stdout.log`` and ``nnictl_stderr.log``.

    Raises
    ------
    ExperimentError
        If their directory cannot be created.
    """
    import nni_node  # type: ignore[import-untyped]
    from nni.experiment.launcher import NniManagerArgs

    _create(log)
    preload = log / "preload.js"
    preload.write_text(_PRELOAD_JS, encoding="utf-8")
    node = Path(nni_node.__path__[0])
    args = NniManagerArgs("create", experiment_id, config, port, False, False, None, None)
    command = [str(node / "node"), "--max-old-space-size=4096", "--require", str(preload)]
    command += [str(node / "main.js"), *args.to_command_line_args()]
    host = host or ("127.0.0.1" if platform(config) == "local" else "0.0.0.0")
    with (
        (log / "nnictl_stdout.log").open("ab") as out,
        (log / "nnictl_stderr.log").open("ab") as err,
    ):
        return subprocess.Popen(
            command,
            cwd=node,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment(experiment_id, host),
            start_new_session=True,  # Ctrl-C reaches only us: we stop the manager gracefully
        )


def _create(directory: Path) -> None:
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise ExperimentError(
            f"directory {directory} cannot be created ({error.strerror}); "
            "correct experimentWorkingDirectory"
        ) from error


def _environment(experiment_id: str, host: str) -> dict[str, str]:
    """Return the manager's environment; ``python3`` in a trial command is this interpreter."""
    return {
        **os.environ,
        "PATH": search_path(),
        "NNI_HPO_HOST": host,
        "NNI_HPO_TUNER_SECONDS": str(_TUNER_SECONDS),
        MARKER: experiment_id,
    }
