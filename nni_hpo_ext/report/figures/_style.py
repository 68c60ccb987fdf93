"""Style of trials in the figures of a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nni_hpo_ext.render.figures import KEPT, STOPPED
from nni_hpo_ext.study import End

__all__ = ["END_STYLES", "numbered"]

END_STYLES: dict[End, dict[str, Any]] = {
    End.SUCCEEDED: {"color": KEPT, "symbol": "circle", "size": 6, "opacity": 0.7},
    End.STOPPED: {"color": STOPPED, "symbol": "x", "size": 6, "opacity": 0.7},
}


def numbered(numbers: Iterable[int | None]) -> dict[str, Any]:
    """Return the trace settings that link points to trials, for hover texts and clicks."""
    return {"customdata": list(numbers), "hoverinfo": "text", "meta": "trials"}
