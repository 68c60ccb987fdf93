"""Read from the manager's log how the machines of a remote experiment did."""

from __future__ import annotations

import re
from pathlib import Path

from nni_hpo_ext.files import existing_text

__all__ = ["lost_workers", "manager_error"]

# As NNI spells it.
_NOT_STARTED = re.compile(r"Training srevice initialize failed: (?:\w*Error: )?(.*)")
_LOST = re.compile(r"Failed to recover worker (\S+): (?:\w*Error: )?(.*)")
# Lines of a command's output, in the way in which node prints an object.
_SAID = re.compile(r"'((?:ERROR|error): .*?)(?:\\n)?'")


def manager_error(directory: Path) -> str:
    """Return why the training service did not start, on one line; empty if it did.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import manager_error
    >>> line = "ERROR (Compat) Training srevice initialize failed: Error: connect ECONNREFUSED"
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "log").mkdir()
    ...     _ = Path(folder, "log", "nnimanager.log").write_text(line)
    ...     manager_error(Path(folder))
    'connect ECONNREFUSED'
    """
    text = existing_text(directory / "log" / "nnimanager.log")
    found = _NOT_STARTED.search(text)
    if found is None:
        return ""
    said = _SAID.findall(text[: found.start()])
    return f"{found[1]}: {said[-1]}" if said and "command failed" in found[1] else found[1]


def lost_workers(directory: Path) -> list[tuple[str, str]]:
    """Return the host of each remote worker that NNI lost and could not restart, with the reason.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import lost_workers
    >>> line = "ERROR (RemoteV3) Failed to recover worker gpu1: Error: connect ETIMEDOUT"
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "log").mkdir()
    ...     _ = Path(folder, "log", "nnimanager.log").write_text(line)
    ...     lost_workers(Path(folder))
    [('gpu1', 'connect ETIMEDOUT')]
    """
    return _LOST.findall(existing_text(directory / "log" / "nnimanager.log"))
