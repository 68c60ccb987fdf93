"""Decide on which addresses the manager listens: those that trials need, and no others."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import psutil

__all__ = ["Listening", "listening"]

_LOCAL = "127.0.0.1"
_ALL = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Listening:
    """Addresses of this machine on which the manager listens.

    Attributes
    ----------
    addresses
        The addresses; tuner and command line use the first one.
    reason
        Why, empty if it is just for this machine.
    """

    addresses: tuple[str, ...] = (_LOCAL,)
    reason: str = ""

    def __str__(self) -> str:
        if self.addresses == (_LOCAL,):
            return f"Listens on {_LOCAL} only."
        where = "all addresses" if _ALL in self.addresses else " and ".join(self.addresses)
        return f"Listens on {where}, {self.reason}. Whoever can connect can run commands here."


def listening(config: Mapping[str, Any], host: str | None) -> Listening:
    """Return the addresses for an experiment.

    Parameters
    ----------
    config
        The config in NNI's canonical form.
    host
        The address that the user asks for, None for those that the workers need.
    """
    if host is not None:
        return _with(host, "as --host says")
    service = config.get("trainingService")
    services = [one for one in (service if isinstance(service, list) else [service]) if one]
    away = [one for one in services if one.get("platform") != "local"]
    if not away:
        return Listening()
    named = [
        str(ip) for one in away if (ip := one.get("nniManagerIp") or config.get("nniManagerIp"))
    ]
    if not named:
        return Listening((_ALL,), "because nniManagerIp is not set")
    address = _resolved(named[0])
    if address is None or not (_is_loopback(address) or address in _own()):
        return Listening((_ALL,), f"because nniManagerIp {named[0]} is not one of this machine")
    return _with(address, "to which the workers connect (nniManagerIp)")


def _with(address: str, reason: str) -> Listening:
    """Return this address and the one that the tuner and the command line use."""
    if address in (_ALL, "::"):
        return Listening((_ALL,), reason)
    found = _resolved(address) or address
    return Listening((_LOCAL,) if found == _LOCAL else (_LOCAL, found), reason)


def _resolved(name: str) -> str | None:
    """Return the address of a name, None if there is none."""
    try:
        return str(socket.getaddrinfo(name, None)[0][4][0])
    except OSError:
        return None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _own() -> set[str]:
    return {a.address for found in psutil.net_if_addrs().values() for a in found}
