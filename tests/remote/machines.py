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
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from nni_home import free_port, wait_for

_PREFIX = "nnihpo-"
USERS = tuple(f"{_PREFIX}{os.getpid()}-{number}" for number in (1, 2))

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
        A directory that all users can read.
    """

    def __init__(self, folder: Path, shared: Path) -> None:
        self.port, self.key, self.password = free_port(), folder / "key", secrets.token_hex(8)
        self.shared, self.python = shared, _python_for_all(shared)
        self._log = folder / "sshd.log"
        for name in ("host", "key"):
            _call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        config = folder / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, folder=folder, python=shared))
        Path("/run/sshd").mkdir(exist_ok=True)  # where it locks its unprivileged processes up
        self._server = subprocess.Popen(
            [_tool("sshd"), "-D", "-f", str(config), "-E", str(self._log)], stdin=subprocess.DEVNULL
        )

    def entry(self, user: str, /, **changes: Any) -> dict[str, Any]:
        """Return a user as a machine in NNI's ``machineList``."""
        login = {"host": "127.0.0.1", "port": self.port, "user": user}
        login |= {"pythonPath": str(home_of(user) / "venv/bin")}
        if "password" not in changes:
            login["sshKeyFile"] = str(self.key)
        return login | changes

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path) -> Iterator[Machines]:
        """Start the server and create the users; remove them with all that is theirs."""
        with tempfile.TemporaryDirectory(prefix="nnihpo-") as shared:
            Path(shared).chmod(0o755)
            machines = cls(folder, Path(shared))
            with machines._users():
                yield machines

    @contextlib.contextmanager
    def _users(self) -> Iterator[None]:
        for user in _forgotten():
            _remove(user)
        try:
            for user in USERS:
                self._create(user)
            wait_for(self._listens, 20)
            yield
        finally:
            self._server.terminate()
            self._server.wait()
            for user in USERS:
                _remove(user)

    def _listens(self) -> bool:
        assert self._server.poll() is None, self._log.read_text()
        return "Server listening" in self._log.read_text()

    def _create(self, user: str) -> None:
        password = f"{user}:{self.password}"
        _call("useradd", "--create-home", "--shell", "/bin/bash", user)
        subprocess.run([_tool("chpasswd")], input=password, text=True, check=True)
        folder, identity = home_of(user) / ".ssh", pwd.getpwnam(user)
        folder.mkdir()
        shutil.copy(self.key.with_suffix(".pub"), folder / "authorized_keys")
        make_environment(self.python, home_of(user) / "venv")
        for path in (folder, *folder.iterdir()):
            os.chown(path, identity.pw_uid, identity.pw_gid)


def _forgotten() -> list[str]:
    """Return the users that a killed test process has left."""
    names = [entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(_PREFIX)]
    return [name for name in names if not psutil.pid_exists(int(name.split("-")[1]))]


def _remove(user: str) -> None:
    for process in processes_of(user):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for(lambda: not processes_of(user), 20)
    subprocess.run([_tool("userdel"), "--remove", user], check=False, stderr=subprocess.DEVNULL)


def home_of(user: str) -> Path:
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
    prefix = Path(sys.base_prefix).resolve()
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
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
