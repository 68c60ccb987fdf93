"""A worker machine as a config describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Machine", "machines_of"]


@dataclass(frozen=True, slots=True)
class Machine:
    """An entry of ``machineList``.

    Attributes
    ----------
    host, port, user
        Where its ssh server is, and who logs in.
    password
        Password, None to log in with a key.
    key_file, passphrase
        Private key and what decrypts it.
    python_path
        Directory of its Python, empty for the one on ``PATH``.
    place
        Key of the entry in the config.
    """

    host: str
    port: int
    user: str
    password: str | None = field(default=None, repr=False)
    key_file: Path | None = None
    passphrase: str | None = field(default=None, repr=False)
    python_path: str = ""
    place: str = "trainingService.machineList.0"

    def __str__(self) -> str:
        port = "" if self.port == 22 else f":{self.port}"
        return f"{self.user}@{self.host}{port}"


def machines_of(config: Mapping[str, Any]) -> list[Machine]:
    """Return the worker machines of a config; empty without a remote training service.

    Parameters
    ----------
    config
        The config with canonical keys.

    Examples
    --------
    >>> entry = {"host": "10.0.0.7", "port": 22, "user": "ada", "sshKeyFile": "/home/ada/key"}
    >>> service = {"platform": "remote", "machineList": [entry]}
    >>> [str(machine) for machine in machines_of({"trainingService": service})]
    ['ada@10.0.0.7']
    """
    service = config.get("trainingService")
    services = service if isinstance(service, list) else [service]
    return [
        _machine(entry, f"trainingService.machineList.{number}")
        for one in services
        if isinstance(one, Mapping) and one.get("platform") == "remote"
        for number, entry in enumerate(one.get("machineList") or ())
    ]


def _machine(entry: Mapping[str, Any], place: str) -> Machine:
    password, key = entry.get("password"), entry.get("sshKeyFile")
    return Machine(
        host=str(entry["host"]),
        port=int(entry.get("port") or 22),
        user=str(entry["user"]),
        password=password,
        key_file=Path(key) if key and password is None else None,
        passphrase=entry.get("sshPassphrase"),
        python_path=str(entry.get("pythonPath") or ""),
        place=place,
    )
