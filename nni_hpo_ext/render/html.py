"""A self-contained HTML page of text, tables and figures."""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.render.page import Section

if TYPE_CHECKING:
    from nni_hpo_ext.render.figures import Figure, FigureGroup

__all__ = ["page", "require_html"]

_PAGE = Path(__file__).parent / "templates"
_NO_TRIALS: Mapping[str, Any] = {
    "goals": [],
    "trials": {},
    "parallel": {"axes": [], "lines": []},
}
_SCRIPTS = ("packed.js", "trials.js", "table.js", "parallel.js", "report.js")


def require_html() -> None:
    """Check that the packages for the HTML page are installed.

    Raises
    ------
    MissingDependencyError
        If a package is missing.
    """
    try:
        import jinja2  # noqa: F401
        import plotly  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"the HTML report requires {error.name}: pip install 'nni-hpo-ext[report]', "
            "or use --format md, json or csv"
        ) from error


def page(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    footer: str,
    figures: Mapping[str, Sequence[Figure]],
    *,
    groups: Mapping[str, Sequence[FigureGroup]] | None = None,
    trials: Mapping[str, Any] | None = None,
    follow: str = "",
) -> str:
    """Return an HTML page with text, figures and the plotting library.

    Parameters
    ----------
    title, subtitle, footer
        Heading and last line of the page.
    sections
        The sections.
    figures
        Figures, by the key of their section.
    groups
        Collapsed figures, by the key of their section.
    trials
        The objectives, the details of each trial and the parallel coordinates, for the table of
        all trials and for points that are hovered over or clicked.
    follow
        Version of the page if it should load itself again when its server has a newer one.

    Examples
    --------
    >>> from nni_hpo_ext.render.page import Section
    >>> text = page("Report", "", [Section("a", "A", "Results", text=["Good."])], "", {})
    >>> "<h2>Results</h2>" in text
    True
    """
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    groups = groups or {}
    all_figures = [f for each in figures.values() for f in each]
    all_figures += [f for each in groups.values() for group in each for f in group.figures]
    data = {
        "figures": {f.key: json.loads(f.plot.to_json()) for f in all_figures},
        "trials": trials or _NO_TRIALS,
    }
    return environment.get_template("report.html").render(
        title=title,
        subtitle=subtitle,
        sections=sections,
        footer=footer,
        figures=figures,
        groups=groups,
        follow=follow,
        # Static files of this package and of plotly, and text without "<".
        css=Markup((_PAGE / "report.css").read_text(encoding="utf-8")),
        js=Markup("\n".join((_PAGE / name).read_text(encoding="utf-8") for name in _SCRIPTS)),
        data=Markup(_packed(json.dumps(_plain(data), separators=(",", ":")))),
        plotly=Markup(_packed_library()),
    )


def _plain(content: Any) -> Any:
    """Return plain JSON values: null for NaN and infinities, which browsers reject."""
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_plain(value) for value in content]
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return content if content is None or isinstance(content, (str, int, bool)) else str(content)


def _packed(text: str) -> str:
    """Return compressed text for a script element: base85 (RFC 1924) with "," in place of "<".

    Without "<" it cannot end the element, whatever it holds.
    """
    packed = gzip.compress(text.encode(), 9, mtime=0)
    return base64.b85encode(packed).decode().replace("<", ",")


@lru_cache(maxsize=1)
def _packed_library() -> str:
    """Return the plotting library, packed from 4.8 to 1.8 MB."""
    from plotly.offline import get_plotlyjs

    return _packed(get_plotlyjs())
