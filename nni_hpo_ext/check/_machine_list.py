"""Check what a config says about worker machines, without reaching them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.check._keys import unknown_keys
from nni_hpo_ext.config import machine_keys
from nni_hpo_ext.errors import Finding

__all__ = ["check_machine_list"]

_DEFAULT_KEY = "~/.ssh/id_rsa"


def check_machine_list(config: Mapping[str, Any], path: Path) -> list[Finding]:
    """Check ``machineList`` and ``nniManagerIp`` of the config at ``path``."""
    service = config.get("trainingService")
    services = service if isinstance(service, list) else [service]
    remote = [s for s in services if isinstance(s, Mapping) and s.get("platform") == "remote"]
    findings = [finding for one in remote for finding in _checked(one, path)]
    for one in [] if isinstance(service, list) else remote:  # of a list, the keys are checked
        findings += _without_address(one, config)
    return findings


def _checked(service: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    machines = service.get("machineList")
    if not isinstance(machines, list) or not machines:
        remedy = "write machineList: [{host: ..., user: ..., sshKeyFile: ...}]"
        yield Finding("trainingService.machineList", "lists no machine", remedy)
        return
    for number, machine in enumerate(machines):
        place = f"trainingService.machineList.{number}"
        if not isinstance(machine, Mapping):
            yield Finding(place, f"{machine!r} is not a mapping", "write {host: ..., user: ...}")
            continue
        yield from unknown_keys(machine, machine_keys(), f"{place}.")
        for key in ("host", "user"):
            if not machine.get(key):
                yield Finding(f"{place}.{key}", "missing", f"write the {key} of the ssh login")
        yield from _login(machine, place, path)


def _login(machine: Mapping[str, Any], place: str, path: Path) -> Iterator[Finding]:
    if machine.get("password") is not None:
        problem = "NNI keeps it in the experiment's database, and its WebUI shows it"
        yield Finding(f"{place}.password", problem, "use sshKeyFile instead", warning=True)
        return
    named = str(machine.get("sshKeyFile") or _DEFAULT_KEY)
    file = path.parent / Path(named).expanduser()
    if not file.is_file():
        problem = f"{named!r} is not a file (looked for {file})"
        yield Finding(f"{place}.sshKeyFile", problem, "give a private key")


def _without_address(service: Mapping[str, Any], config: Mapping[str, Any]) -> list[Finding]:
    machines = [m for m in service.get("machineList") or () if isinstance(m, Mapping)]
    if not machines or service.get("nniManagerIp") or config.get("nniManagerIp"):
        return []
    problem = "missing; without it NNI tells its workers to connect to themselves"
    address = _own_address(str(machines[0].get("host")))
    return [Finding("nniManagerIp", problem, f"write nniManagerIp: {address}")]


def _own_address(host: str) -> str:
    """Return the address of this machine on the way to another one; nothing is sent there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError:
            return "ADDRESS OF THIS MACHINE"
        return str(probe.getsockname()[0])
