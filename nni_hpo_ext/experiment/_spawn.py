"""The process of an NNI manager: at this machine's address only, in this environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nni_hpo_ext.experiment._processes import MARKER

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["platform", "spawn"]

# NNI's manager listens on every network interface and asks for no password: whoever reaches the
# port can run commands. NNI has no setting for it, so a module that node loads first sets the host.
_LISTEN_JS = """\
'use strict';
const net = require('net');
const host = process.env.NNI_HPO_HOST;
delete process.env.NNI_HPO_HOST;
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, host);
  return listen.apply(this, args);
};
"""


def platform(config: ExperimentConfig) -> str:
    """Return the name of the training service."""
    service = config.training_service
    return "hybrid" if isinstance(service, list) else str(service.platform)


def spawn(
    config: ExperimentConfig, experiment_id: str, port: int, log: Path, host: str | None
) -> subprocess.Popen[bytes]:
    """Start the manager's process, writing to ``nnictl_stdout.log`` and ``nnictl_stderr.log``."""
    import nni_node  # type: ignore[import-untyped]
    from nni.experiment.launcher import NniManagerArgs

    log.mkdir(parents=True)
    listen = log / "listen.js"
    listen.write_text(_LISTEN_JS, encoding="utf-8")
    node = Path(nni_node.__path__[0])
    args = NniManagerArgs("create", experiment_id, config, port, False, False, None, None)
    command = [str(node / "node"), "--max-old-space-size=4096", "--require", str(listen)]
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
            start_new_session=True,  # Ctrl-C is for us: we stop the manager in order
        )


def _environment(experiment_id: str, host: str) -> dict[str, str]:
    """Return the manager's environment; ``python3`` in a trial command is this interpreter."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "NNI_HPO_HOST": host, MARKER: experiment_id}
