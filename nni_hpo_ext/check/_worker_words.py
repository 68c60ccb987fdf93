"""Explain what is wrong with a worker machine, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from nni_hpo_ext.errors import Finding
from nni_hpo_ext.remote import Machine, Reply, Survey

__all__ = ["explain"]

_OLDEST_PYTHON = (3, 7)  # of NNI 3.0
_LITTLE_BYTES = 2**30
_GIB = 2**30
_INSTALL = 'pip install nni=={nni} "setuptools<81"'
_NETWORK = {
    "ECONNREFUSED": (
        "refuses connections",
        "start the ssh server there, or correct host and port",
    ),
    "ENOTFOUND": ("is not a known host name", "correct host"),
    "EAI_AGAIN": ("cannot be looked up", "check the network, or give its IP address"),
    "EHOSTUNREACH": ("cannot be reached", "check the network, or correct host"),
    "ENETUNREACH": ("cannot be reached", "check the network, or correct host"),
}
_NO_ANSWER = ("does not answer", "check host, port and the firewall")


def explain(survey: Survey, code_bytes: int) -> list[Finding]:
    """Return what is wrong with a machine; empty if nothing is.

    Parameters
    ----------
    survey
        What is known about the machine.
    code_bytes
        Size of the trials' code, which NNI copies there.

    Examples
    --------
    >>> machine = Machine("10.0.0.7", 22, "ada")
    >>> print(explain(Survey(machine, Reply("client-socket", "ECONNREFUSED")), 0)[0])
    trainingService.machineList.0.host: 10.0.0.7 port 22 refuses connections; start the ssh \
server there, or correct host and port
    """
    machine, reply = survey.machine, survey.reply
    if reply.level:
        return [_unconnected(machine, reply)]
    if not survey.python:
        return [_no_python(machine, reply)]
    return [*_python(survey), *_account(survey, code_bytes), *_way_back(survey), *_imports(survey)]


def _unconnected(machine: Machine, reply: Reply) -> Finding:
    if reply.level == "key":
        problem = f"NNI's ssh client cannot read {machine.key_file}: {reply.error}"
        remedy = "give an unencrypted private key, or its sshPassphrase"
        return _at(machine, "sshKeyFile", problem, remedy)
    if reply.level == "client-authentication":
        if machine.key_file is None:
            return _at(machine, "password", f"{machine} refuses the password", "correct it")
        problem = f"{machine} refuses the key {machine.key_file}"
        remedy = f"run `ssh-copy-id -i {machine.key_file}`, or correct user"
        return _at(machine, "sshKeyFile", problem, remedy)
    if reply.level == "script-timeout":
        return _at(machine, "host", f"{machine} connects, but is too slow", "look at its load")
    problem, remedy = _NETWORK.get(reply.error, _NO_ANSWER)
    if reply.level == "other":
        problem, remedy = f"breaks the connection: {reply.error}", "look at its ssh server"
    where = machine.host if reply.error == "ENOTFOUND" else f"{machine.host} port {machine.port}"
    return _at(machine, "host", f"{where} {problem}", remedy)


def _no_python(machine: Machine, reply: Reply) -> Finding:
    said = [run.stderr.strip().splitlines() for run in reply.runs if run.code not in (126, 127)]
    words = next((lines[-1] for lines in said if lines), "")
    where = machine.python_path or "PATH"
    if words:
        problem = f"the Python in {where} on {machine} fails: {words}"
        return _at(machine, "pythonPath", problem, "repair it, or give another directory")
    problem = f"neither python nor python3 in {where} on {machine} runs"
    return _at(machine, "pythonPath", problem, "give the directory of a Python, such as VENV/bin")


def _python(found: Survey) -> Iterator[Finding]:
    machine, ours = found.machine, version("nni")
    python = f"{found.executable} on {machine}"
    if tuple(map(int, found.python.split(".")[:2])) < _OLDEST_PYTHON:
        problem = f"{python} is Python {found.python}, too old for NNI"
        yield _at(machine, "pythonPath", problem, "give the directory of Python 3.11 or newer")
    elif found.nni_error:
        problem = f"{python} cannot import nni: {found.nni_error}"
        yield _at(machine, "pythonPath", problem, f"run there: {_INSTALL.format(nni=ours)}")
    elif found.nni and found.nni != ours:
        problem = f"{python} has NNI {found.nni}, this machine {ours}"
        yield _at(machine, "pythonPath", problem, f"run there: {_INSTALL.format(nni=ours)}")
    elif not found.nni:
        yield _without_nni(found, python, _INSTALL.format(nni=ours))


def _without_nni(found: Survey, python: str, install: str) -> Finding:
    if found.managed:
        problem = f"{python} has no NNI and does not let pip install it"
        remedy = f"make a venv there, run its {install}, and give its bin directory"
        return _at(found.machine, "pythonPath", problem, remedy)
    if not found.pip:
        problem = f"{python} has neither NNI nor pip to install it"
        return _at(found.machine, "pythonPath", problem, f"install pip, then {install}")
    problem = f"{python} has no NNI; it is installed at the start if that machine reaches PyPI"
    return _at(found.machine, "pythonPath", problem, f"or run there: {install}", warning=True)


def _account(found: Survey, code_bytes: int) -> Iterator[Finding]:
    machine = found.machine
    if not found.bash:
        yield _at(machine, "host", f"{machine} has no /bin/bash, which runs trials", "install it")
    if not found.writable:
        problem = f"the home directory {found.home} on {machine} cannot be written"
        yield _at(machine, "user", problem, "NNI keeps its files there; correct its permissions")
    free = f"{found.free / _GIB:.1f} GiB free in {found.home} on {machine}"
    if found.free < 2 * code_bytes:
        problem = f"{free}, not enough for two copies of trialCodeDirectory"
        yield _at(machine, "host", problem, "make room, or keep data out of trialCodeDirectory")
    elif found.free < _LITTLE_BYTES:
        yield _at(machine, "host", f"only {free}", "make room", warning=True)


def _way_back(found: Survey) -> Iterator[Finding]:
    if found.unreached:
        problem = f"{found.machine} does not reach this machine there: {found.unreached}"
        remedy = f"correct it, for example to {found.caller}, or open the firewall"
        yield Finding("nniManagerIp", problem, remedy, warning=found.unreached == "timed out")


def _imports(found: Survey) -> Iterator[Finding]:
    named = {name: error for name, error in found.failed.items() if found.nni or name != "nni"}
    for name, error in named.items():
        problem = f"the trial imports {name}, which fails on {found.machine}: {error}"
        yield _at(found.machine, "pythonPath", problem, f"install {name} there")


def _at(machine: Machine, key: str, problem: str, remedy: str, *, warning: bool = False) -> Finding:
    return Finding(f"{machine.place}.{key}", problem, remedy, warning)
