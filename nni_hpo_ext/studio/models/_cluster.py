"""Where trials run: on this machine, or on workers that NNI reaches over ssh."""

from __future__ import annotations

import re
from typing import Any

from nni_hpo_ext.errors import ConfigError

__all__ = ["CODE_FOLDER", "cluster_settings"]

CODE_FOLDER = "code"
"""What NNI copies to workers: an empty folder, since the trial program is a module."""

_WORKER = re.compile(
    r"(?P<user>[^@\s]+)@(?P<host>[^:@\s]+)(?::(?P<port>\d+))?(?:\s+(?P<python>\S+))?"
)


def cluster_settings(workers: str, key: str, address: str) -> dict[str, Any]:
    """Return the part of a config that says where trials run.

    Parameters
    ----------
    workers
        One worker per line, ``user@host`` or ``user@host:port``, and after a space the ``bin``
        directory of its Python; empty for this machine.
    key
        File with the private ssh key.
    address
        Address of this machine, as the workers reach it.

    Raises
    ------
    ConfigError
        If a line is not a worker.
    """
    machines = [_machine(line.strip(), key) for line in workers.splitlines() if line.strip()]
    if not machines:
        return {"trainingService": {"platform": "local", "useActiveGpu": True}}
    return {
        "trialCodeDirectory": CODE_FOLDER,
        **({"nniManagerIp": address} if address else {}),
        "trainingService": {"platform": "remote", "machineList": machines},
    }


def _machine(line: str, key: str) -> dict[str, Any]:
    found = _WORKER.fullmatch(line)
    if found is None:
        raise ConfigError(f"worker {line!r} must look like ada@192.0.2.11 /home/ada/nni/bin")
    return {
        "host": found["host"],
        "user": found["user"],
        **({"port": int(found["port"])} if found["port"] else {}),
        **({"sshKeyFile": key} if key else {}),
        **({"pythonPath": found["python"]} if found["python"] else {}),
    }
