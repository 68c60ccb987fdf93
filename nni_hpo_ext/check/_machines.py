"""Check the worker machines of a remote experiment, over ssh."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.check._worker_words import explain
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.remote import Machine, Request, machines_of, survey

__all__ = ["check_machines"]


def check_machines(config: Mapping[str, Any], imports: Sequence[str] = ()) -> list[Finding]:
    """Log in to each worker machine as NNI will, and look for what an experiment needs there.

    Parameters
    ----------
    config
        The config in NNI's canonical form.
    imports
        Packages that trials import; each machine must import them, too.

    Returns
    -------
    list of Finding
        Empty without a remote training service.

    Examples
    --------
    >>> check_machines({"trainingService": {"platform": "local"}})
    []
    """
    machines = machines_of(config)
    if not machines:
        return []
    with _waiting(_manager_address(config, machines)) as address:
        found = survey(machines, Request(tuple(imports), address))
    code = _size(_code_directory(config))
    return [finding for one in found for finding in explain(one, code)]


def _manager_address(config: Mapping[str, Any], machines: Sequence[Machine]) -> str:
    """Return the address to which the workers will connect."""
    services = config["trainingService"]
    services = services if isinstance(services, list) else [services]
    named = [one.get("nniManagerIp") for one in services if one.get("platform") == "remote"]
    return str(next(filter(None, named), None) or config.get("nniManagerIp") or "localhost")


@contextlib.contextmanager
def _waiting(name: str) -> Iterator[tuple[str, int]]:
    """Listen for the workers where NNI's manager will, on a port of its own."""
    try:
        listener = socket.create_server((name, 0))
    except OSError:  # an address of a router in front of this machine, for example
        listener = socket.create_server(("", 0))
    with listener:
        yield name, int(listener.getsockname()[1])


def _code_directory(config: Mapping[str, Any]) -> Path:
    service = config["trainingService"]
    first = service[0] if isinstance(service, list) else service
    return Path(str(first.get("trialCodeDirectory") or config.get("trialCodeDirectory") or "."))


def _size(directory: Path) -> int:
    """Return the bytes in a directory, which NNI copies to each machine."""
    sizes = (path.lstat().st_size for path in directory.rglob("*") if path.is_file())
    return sum(sizes)
