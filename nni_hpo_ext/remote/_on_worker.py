"""Look at a worker machine; sent there and run by its Python, so any Python 3 can read it."""

import importlib
import importlib.util
import json
import os
import shutil
import socket
import sys
import sysconfig
from typing import Any


def look(request: "dict[str, Any]") -> None:
    """Print what an experiment needs to know about this machine, as JSON."""
    home = os.path.expanduser("~")
    path, managed = sysconfig.get_path("stdlib"), sys.prefix == sys.base_prefix
    found: dict[str, Any] = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "pip": importlib.util.find_spec("pip") is not None,
        "managed": managed and os.path.exists(os.path.join(path, "EXTERNALLY-MANAGED")),
        "bash": os.path.exists("/bin/bash"),
        "writable": os.access(home, os.W_OK),
        "home": home,
        "free": shutil.disk_usage(home).free,
        "caller": os.environ.get("SSH_CLIENT", "").split(" ")[0],
        "unreached": _unreached(request["address"]),
        "nni": "",
        "nni_error": "",
        "failed": {},
    }
    if importlib.util.find_spec("nni") is not None:
        try:
            found["nni"] = importlib.import_module("nni").__version__
        except BaseException as error:
            found["nni_error"] = _words(error)
    for name in request["imports"]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            found["failed"][name] = _words(error)
    print("\n" + json.dumps(found))


def _unreached(address: "tuple[str, int] | None") -> str:
    """Return why the manager's machine cannot be reached; empty if it can."""
    if not address:
        return ""
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _words(error: BaseException) -> str:
    return "{}: {}".format(type(error).__name__, " ".join(str(error).split())[:300])
