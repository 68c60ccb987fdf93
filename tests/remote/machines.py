"""Two users of this machine behind an ssh server of our own: the workers of an experiment."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from nni_home import free_port, wait_for

USERS = ("nnihpo-w1", "nnihpo-w2")

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
UsePAM no
PasswordAuthentication yes
AuthorizedKeysFile .ssh/authorized_keys
Subsystem sftp internal-sftp
MaxStartups 100
SetEnv LD_LIBRARY_PATH={python}/lib
"""


def why_not() -> str:
    """Return why there can be no ssh server with users of its own; empty if there can."""
    if os.geteuid() != 0:
        return "only root can create the users of the workers"
    tools = [name for name in ("sshd", "ssh-keygen", "useradd") if not _tool(name)]
    return f"{', '.join(tools)} not installed (Debian: openssh-server, passwd)" if tools else ""


def _tool(name: str) -> str:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or ""


class Machines:
    """An ssh server on the loopback address and the users behind it.

    Parameters
    ----------
    folder
        Where its files go.
    shared
        Where a Python for the users goes, if they cannot run the one of this process.
    """

    def __init__(self, folder: Path, shared: Path) -> None:
        self.port, self.key, self.password = free_port(), folder / "key", secrets.token_hex(8)
        self._python = _python_for_all(shared)
        self._log = folder / "sshd.log"
        for name in ("host", "key"):
            _call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        config = folder / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, folder=folder, python=shared))
        Path("/run/sshd").mkdir(exist_ok=True)  # where it locks its unprivileged processes up
        self._server = subprocess.Popen(
            [_tool("sshd"), "-D", "-f", str(config), "-E", str(self._log)], stdin=subprocess.DEVNULL
        )

    def entry(self, user: str, **changes: Any) -> dict[str, Any]:
        """Return the machine in NNI's ``machineList``."""
        entry: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": user}
        entry |= {"sshKeyFile": str(self.key), "pythonPath": str(home(user) / "venv" / "bin")}
        return {key: value for key, value in (entry | changes).items() if value is not None}

    def list(self) -> list[dict[str, Any]]:
        return [self.entry(user) for user in USERS]

    @contextlib.contextmanager
    def users(self) -> Iterator[None]:
        """Create the users, and remove them with all that is theirs."""
        try:
            for user in USERS:
                self._create(user)
            wait_for(self._listens, 20)
            yield
        finally:
            self._server.terminate()
            self._server.wait()
            for user in USERS:
                for process in processes_of(user):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
                wait_for(lambda user=user: not processes_of(user), 20)
                subprocess.run([_tool("userdel"), "--remove", user], check=False, stderr=-3)

    def _listens(self) -> bool:
        assert self._server.poll() is None, self._log.read_text()
        return "Server listening" in self._log.read_text()

    def _create(self, user: str) -> None:
        password = f"{user}:{self.password}"
        _call("useradd", "--create-home", "--shell", "/bin/bash", user)
        subprocess.run([_tool("chpasswd")], input=password, text=True, check=True)
        folder, identity = home(user) / ".ssh", pwd.getpwnam(user)
        folder.mkdir()
        shutil.copy(self.key.with_suffix(".pub"), folder / "authorized_keys")
        make_environment(self._python, home(user) / "venv")
        for path in (folder, *folder.iterdir()):
            os.chown(path, identity.pw_uid, identity.pw_gid)


def home(user: str) -> Path:
    return Path(pwd.getpwnam(user).pw_dir)


def make_environment(python: Path, folder: Path, *, nni: bool = True) -> None:
    """Make a virtual environment that shares the packages of this one, or has none."""
    _call(str(python), "-m", "venv", "--without-pip", str(folder))
    if nni:
        (found,) = folder.glob("lib/python*/site-packages")
        (found / "shared.pth").write_text(str(_packages()))


def _packages() -> Path:
    return next(p for p in map(Path, site.getsitepackages()) if (p / "nni").is_dir())


def _open_to_all(path: Path) -> bool:
    return all(p.stat().st_mode & 0o005 == 0o005 for p in (path, *path.parents))


def _python_for_all(folder: Path) -> Path:
    """Return a Python that every user may run: that of this process, or a copy of it."""
    prefix, name = Path(sys.base_prefix).resolve(), f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not _open_to_all(prefix):
        unneeded = shutil.ignore_patterns("test", "tests", "site-packages", "__pycache__", "*.a")
        shutil.copytree(prefix / "lib", folder / "lib", ignore=unneeded, symlinks=True)
        (folder / "bin").mkdir()
        shutil.copy(prefix / "bin" / name, folder / "bin")
        prefix = folder
    return prefix / "bin" / name


def processes_of(user: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.username() == user and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _call(program: str, *arguments: str) -> None:
    subprocess.run([_tool(program), *arguments], check=True, capture_output=True)
