"""Look at worker machines before an experiment starts on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nni_hpo_ext.remote._machine import Machine
from nni_hpo_ext.remote._ssh import Reply, run_python

__all__ = ["Request", "Survey", "survey"]

_SCRIPT = Path(__file__).with_name("_on_worker.py")
# Importing a training framework for the first time takes a minute on a slow disk.
_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to find out.

    Attributes
    ----------
    imports
        Packages to import.
    address
        Host and port that the machine must reach, None for none.
    """

    imports: tuple[str, ...] = ()
    address: tuple[str, int] | None = None


@dataclass(frozen=True)
class Survey:
    """What is known about a machine.

    Attributes
    ----------
    machine
        The machine.
    reply
        How the connection and its Python did.
    python, nni
        Versions; empty if there is none.
    executable
        Its Python.
    nni_error
        Why ``import nni`` fails; empty if it does not.
    pip, managed, bash, writable
        Whether its Python has pip, its Python refuses pip (PEP 668), bash exists, and the home
        directory can be written.
    home, free
        Home directory, and the bytes that are free there.
    caller
        Address of this machine as that one sees it.
    unreached
        Why it does not reach `Request.address`; empty if it does.
    failed
        Packages that cannot be imported, with the reason.
    """

    machine: Machine
    reply: Reply
    python: str = ""
    nni: str = ""
    executable: str = ""
    nni_error: str = ""
    pip: bool = False
    managed: bool = False
    bash: bool = False
    writable: bool = False
    home: str = ""
    free: int = 0
    caller: str = ""
    unreached: str = ""
    failed: dict[str, str] = field(default_factory=dict)


def survey(machines: Sequence[Machine], request: Request) -> list[Survey]:
    """Look at several machines at the same time.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada", key_file=Path("~/.ssh/id_rsa"))
    >>> (found,) = survey([machine], Request())  # doctest: +SKIP
    >>> found.python, found.nni  # doctest: +SKIP
    ('3.11.7', '3.0')
    """
    script = f"{_SCRIPT.read_text(encoding='utf-8')}\nlook({asdict(request)!r})\n"
    replies = run_python(machines, script, _SECONDS)
    return [_survey(m, reply) for m, reply in zip(machines, replies, strict=True)]


def _survey(machine: Machine, reply: Reply) -> Survey:
    if not reply.runs or reply.runs[-1].code != 0:
        return Survey(machine, reply)
    answer: dict[str, Any] = json.loads(reply.runs[-1].stdout.strip().splitlines()[-1])
    return Survey(machine, reply, **answer)
