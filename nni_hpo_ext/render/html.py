"""A self-contained HTML page of text, tables and figures."""

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


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A figure as passed to the template."""

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
        Details of each trial, shown when a point is hovered over or clicked.

    Examples
    --------
    >>> from nni_hpo_ext.render.page import Section
    >>> text = page("Report", "", [Section("a", "A", "Results", text=["Good."])], "", {})
    >>> "<h2>Results</h2>" in text
    True
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
        # Static files of this package and of plotly, without text of trials.
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
    """Return JSON that is safe inside a script element, whatever text it contains."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))
    # Without "<", the text can neither end the element nor open a comment.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
