"""Run Python scripts on worker machines over ssh, with the ssh client that NNI brings along."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.remote._machine import Machine

__all__ = ["Execution", "Reply", "run_python"]

_CONNECT_SECONDS = 20.0  # as long as NNI's own client


@dataclass(frozen=True, slots=True)
class Execution:
    """A command that ran on a machine.

    Attributes
    ----------
    command
        The command.
    stdout, stderr
        Its output.
    code
        Its exit code, None if a signal ended it.
    """

    command: str
    stdout: str
    stderr: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a script on a machine.

    Attributes
    ----------
    level
        Why there was no connection: ``client-socket`` (network), ``client-timeout``,
        ``client-authentication``, ``key`` (unreadable), ``script-timeout`` or ``other``; empty if
        there was one.
    error
        The error in the words of the client.
    runs
        The interpreters that were tried, in order; the last one ran the script if its code is 0.
    """

    level: str = ""
    error: str = ""
    runs: tuple[Execution, ...] = ()


def run_python(
    machines: Sequence[Machine], script: str, seconds: float, connect: float = _CONNECT_SECONDS
) -> list[Reply]:
    """Run a Python script on several machines at the same time.

    Parameters
    ----------
    machines
        The machines.
    script
        The script. It must run on any Python 3, without other packages.
    seconds, connect
        Limits for the script and for the connection, on each machine.

    Returns
    -------
    list of Reply
        One for each machine.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada", key_file=Path("~/.ssh/id_rsa"))
    >>> (reply,) = run_python([machine], "print(6 * 7)", seconds=10)  # doctest: +SKIP
    >>> reply.runs[-1].stdout  # doctest: +SKIP
    '42'
    """
    logins = [_login(machine, connect) for machine in machines]
    request = [
        {"login": login, "commands": _interpreters(machine), "input": script}
        for machine, login in zip(machines, logins, strict=True)
        if not isinstance(login, Reply)
    ]
    answers = iter(_ask(request, connect + seconds) if request else [])
    return [login if isinstance(login, Reply) else next(answers) for login in logins]


def _login(machine: Machine, connect: float) -> Mapping[str, Any] | Reply:
    """Return the client's settings, the same as NNI's."""
    login = {
        "host": machine.host,
        "port": machine.port,
        "username": machine.user,
        "password": machine.password,
        "readyTimeout": 1000 * connect,
    }
    if machine.key_file is None:
        return login
    try:
        key = machine.key_file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return Reply("key", error.strerror or str(error))
    return {**login, "privateKey": key, "passphrase": machine.passphrase}


def _interpreters(machine: Machine) -> list[str]:
    """Return the commands that may run Python, in the order in which NNI tries them."""
    folder = machine.python_path
    if not folder:
        return ["python -", "python3 -"]
    # NNI puts the directory in front of PATH, and so do we: a script sees what a trial will see.
    return [f'PATH="{folder}:$PATH" "{folder}/{name}" -' for name in ("python", "python3")]


def _ask(machines: Sequence[Mapping[str, Any]], seconds: float) -> list[Reply]:
    import nni_node  # type: ignore[import-untyped]

    node = Path(nni_node.__path__[0])
    done = subprocess.run(
        [str(node / "node"), str(Path(__file__).with_name("ssh.js"))],
        input=json.dumps({"machines": machines, "seconds": seconds}),
        env={"NODE_PATH": str(node / "node_modules")},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answers = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines()
        return [Reply("other", lines[-1] if lines else "no answer") for _ in machines]
    return [_reply(answer) for answer in answers]


def _reply(answer: Mapping[str, Any]) -> Reply:
    if "error" in answer:
        return Reply(answer["error"]["level"], answer["error"]["message"])
    return Reply(runs=tuple(Execution(**run) for run in answer["runs"]))
