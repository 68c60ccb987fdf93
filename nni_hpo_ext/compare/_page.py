"""A comparison as one HTML page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from nni_hpo_ext import __version__
from nni_hpo_ext.compare._curves import mean_best
from nni_hpo_ext.compare._outcomes import Comparison
from nni_hpo_ext.compare._words import cells, columns, notes, title
from nni_hpo_ext.simulate._plot import COLOURS, add_curve, require_plotly
from nni_hpo_ext.simulate._text import unit

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["as_html"]

_POINTS = 400
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 0 auto;
  padding: 0 1rem 2rem; }
h1, h2 { line-height: 1.2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ddd;
  vertical-align: top; }
figure { margin: 1.5rem 0; }
footer { color: #666; font-size: .85rem; }
"""
_READING = (
    "The mean over a tuner's runs of the best value that a completed trial had reached; a curve "
    "begins when all runs have one. The band is Student's 95 % interval where there are several."
)


def as_html(comparisons: Sequence[Comparison]) -> str:
    """Return the page.

    Raises
    ------
    MissingDependencyError
        If plotly is not installed.
    """
    require_plotly("--out .html")
    sections = "".join(_section(c, first=i == 0) for i, c in enumerate(comparisons))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Comparison of tuners</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Comparison of tuners</h1>\n{sections}"
        f"<footer>Made by nni-hpo compare, nni-hpo-ext {__version__}.</footer>\n</body>\n</html>\n"
    )


def _section(comparison: Comparison, *, first: bool) -> str:
    said, *others = notes(comparison)
    plot = _figure(comparison).to_html(
        full_html=False, include_plotlyjs=first, config={"responsive": True}
    )
    return "\n".join(
        [
            f"<section>\n<h2>{escape(title(comparison))}</h2>\n<p><b>{escape(said)}</b></p>",
            f'<div class="wide"><table>{"".join(_rows(comparison))}</table></div>',
            *(f"<p>{escape(note)}</p>" for note in others),
            f"<figure>{plot}<figcaption>{_READING}</figcaption></figure>\n</section>\n",
        ]
    )


def _rows(comparison: Comparison) -> Iterator[str]:
    yield _row("th", columns(comparison))
    for standing in comparison.standings:
        yield _row("td", cells(standing))


def _row(tag: str, texts: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(text)}</{tag}>' for text in texts)}</tr>\n"


def _figure(comparison: Comparison) -> go.Figure:
    import plotly.graph_objects as go

    curves = mean_best(comparison, _POINTS)
    factor, name = unit(float(curves[0].times[-1]))
    figure = go.Figure()
    for i, curve in enumerate(curves):
        add_curve(figure, curve, COLOURS[i % len(COLOURS)], seconds=factor)
    goal = comparison.task.goal
    figure.update_layout(
        title="Best so far",
        xaxis_title=f"time since the start ({name})",
        yaxis_title=escape(f"{goal.name} (as reported, {goal.direction})"),
        template="plotly_white",
        hovermode="x unified",
        height=450,
        margin={"l": 10, "r": 10},
        legend={"orientation": "h", "y": -0.25},
    )
    return figure
