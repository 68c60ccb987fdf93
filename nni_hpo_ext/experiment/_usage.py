"""How busy this machine is."""

from __future__ import annotations

import psutil

__all__ = ["usage"]

_GIB = 2**30


def usage() -> str:
    """Return processor and memory use of this machine since the last call, on one line."""
    memory = psutil.virtual_memory()
    used, total = (memory.total - memory.available) / _GIB, memory.total / _GIB
    busy = psutil.cpu_percent(None)
    return f"CPU {busy:.0f} % of {psutil.cpu_count()}, memory {used:.1f} of {total:.1f} GiB"
