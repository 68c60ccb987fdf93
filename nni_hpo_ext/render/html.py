"""One HTML page that needs nothing but a browser: words, tables and figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.render.page import Section

if TYPE_CHECKING:
    from nni_hpo_ext.render.figures import Figure, FigureGroup

__all__ = ["page", "require_html"]

_PAGE = Path(__file__).parent / "templates"


def require_html() -> None:
    """Check that what makes the page is installed.

    Raises
    ------
    MissingDependencyError
        If it is not.
    """
    try:
        import jinja2  # noqa: F401
        import plotly  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"the HTML report needs {error.name}: pip install 'nni-hpo-ext[report]'; "
            "--format md, json and csv do without"
        ) from error


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A figure as the template shows it."""

    key: str
    title: str
    reading: str
    small: bool
    wide: bool
    height: int
    json: Any


def page(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    footer: str,
    figures: Mapping[str, Sequence[Figure]],
    *,
    groups: Mapping[str, Sequence[FigureGroup]] | None = None,
    trials: Mapping[str, Any] | None = None,
) -> str:
    """Return a page: words and figures, and the library that draws them.

    Parameters
    ----------
    title, subtitle, footer
        Its head and its last line.
    sections
        Its words.
    figures
        Figures by the key of their section.
    groups
        Figures that are shown on demand, by the key of their section.
    trials
        What is told of a trial whose point is chosen.
    """
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html").render(
        title=title,
        subtitle=subtitle,
        sections=sections,
        footer=footer,
        figures={key: _drawn(all) for key, all in figures.items()},
        groups={
            key: [(group.title, _drawn(group.figures)) for group in all]
            for key, all in (groups or {}).items()
        },
        trials=_script_json(trials or {"goals": [], "trials": {}}),
        # These are files of ours and of plotly: no text of a trial is in them.
        css=Markup((_PAGE / "report.css").read_text(encoding="utf-8")),
        js=Markup((_PAGE / "report.js").read_text(encoding="utf-8")),
        plotly=Markup(get_plotlyjs()),
    )


def _drawn(figures: Sequence[Figure]) -> list[_Drawn]:
    return [
        _Drawn(
            key=f.key,
            title=f.title,
            reading=f.reading,
            small=f.small,
            wide=f.wide,
            height=f.plot.layout.height,
            json=_script_json(json.loads(f.plot.to_json())),
        )
        for f in figures
    ]


def _script_json(content: Any) -> Any:
    """Return JSON that may stand in a script element, whatever texts it holds."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))
    # Without "<" nothing in it ends the element or opens a comment.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
