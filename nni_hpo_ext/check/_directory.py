"""Check that the working directory of the experiment can be created."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import Finding

__all__ = ["check_directory"]

_KEY = "experimentWorkingDirectory"


def check_directory(config: Mapping[str, Any], path: Path) -> list[Finding]:
    """Check ``experimentWorkingDirectory`` of the config at ``path``; create nothing."""
    named = config.get(_KEY)
    if named is None:
        return []
    wanted = path.parent / Path(str(named)).expanduser()
    nearest = next(p for p in (wanted, *wanted.resolve().parents) if os.path.lexists(p))
    if not nearest.is_dir():
        problem = f"{str(named)!r} cannot be created: {nearest} is not a directory"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        problem = f"{str(named)!r} cannot be created or written: no permission for {nearest}"
    else:
        return []
    return [Finding(_KEY, problem, "give another directory")]
