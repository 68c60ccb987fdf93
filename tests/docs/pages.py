"""The code blocks of the documentation's pages."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"


def blocks(page: str, language: str, indent: int = 0) -> list[str]:
    """Return a page's blocks in a language, with this indentation, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    fence = " " * indent + "```"
    return re.findall(rf"^{fence}{language}\n(.*?)^{fence}$", text, re.DOTALL | re.MULTILINE)
