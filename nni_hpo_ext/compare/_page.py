"""Render comparisons as an HTML page and as Markdown, with one section per task."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from nni_hpo_ext import __version__
from nni_hpo_ext.compare._curves import mean_best
from nni_hpo_ext.compare._results import Comparison, TunerStanding
from nni_hpo_ext.compare._words import cells, columns, notes, reading, title
from nni_hpo_ext.render import text
from nni_hpo_ext.render.html import page, require_html
from nni_hpo_ext.render.markdown import markdown
from nni_hpo_ext.render.page import Column, Row, Section, Table

if TYPE_CHECKING:
    from nni_hpo_ext.render.figures import Figure

__all__ = ["as_html", "as_markdown"]

_POINTS = 400
_TITLE = "Comparison of tuners"
_READING = (
    "Best value of a completed trial so far, averaged over the runs of a tuner. A curve begins "
    "when all runs have a value. The band is Student's 95 % interval; with fewer than five runs "
    "each run is a thin line instead."
)


def as_html(comparisons: Sequence[Comparison]) -> str:
    """Return comparisons as a self-contained HTML page.

    Raises
    ------
    MissingDependencyError
        If plotly or jinja2 is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import as_html, compare, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> studies = [study_of_run(run, Path("branin.jsonl")) for run in simulate(options)]
    >>> comparisons = [compare(task) for task in tasks(studies)]
    >>> "<h1>Comparison of tuners</h1>" in as_html(comparisons)
    True
    """
    require_html()
    drawn = {_key(i): [_figure(i, c)] for i, c in enumerate(comparisons)}
    return page(_TITLE, _subtitle(comparisons), _sections(comparisons), _footer(), drawn)


def as_markdown(comparisons: Sequence[Comparison]) -> str:
    """Return comparisons as Markdown, for papers and notes.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import as_markdown, compare, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> studies = [study_of_run(run, Path("branin.jsonl")) for run in simulate(options)]
    >>> comparisons = [compare(task) for task in tasks(studies)]
    >>> as_markdown(comparisons).splitlines()[0]
    '# Comparison of tuners'
    """
    return markdown(_TITLE, _subtitle(comparisons), _sections(comparisons), _footer())


def _subtitle(comparisons: Sequence[Comparison]) -> str:
    runs = sum(len(c.task.studies) for c in comparisons)
    return f"{text.count(runs, 'run')}, {text.count(len(comparisons), 'task')}"


def _footer() -> str:
    return f"Created with nni-hpo compare, nni-hpo-ext {__version__}."


def _key(number: int) -> str:
    return f"task-{number}"


def _sections(comparisons: Sequence[Comparison]) -> list[Section]:
    return [
        Section(
            key=_key(i),
            short=c.task.model,
            title=title(c),
            text=tuple(notes(c)),
            tables=[
                Table(
                    "Tuners",
                    tuple(Column(name) for name in columns(c)),
                    tuple(Row(tuple(cells(standing))) for standing in c.standings),
                    reading(c),
                )
            ],
        )
        for i, c in enumerate(comparisons)
    ]


def _figure(number: int, comparison: Comparison) -> Figure:
    from nni_hpo_ext.render.curves import FEWEST_RUNS, add_curve
    from nni_hpo_ext.render.figures import COLOURS, Figure, blank, view

    goal, curves = comparison.task.goal, mean_best(comparison, _POINTS)
    seconds, unit = text.clock(float(curves[0].times[-1]))
    plot = blank(f"time since the start ({unit})", goal.title)
    for i, (curve, standing) in enumerate(zip(curves, comparison.standings, strict=True)):
        colour = COLOURS[i % len(COLOURS)]
        if 1 < len(standing.results) < FEWEST_RUNS:
            _add_runs(plot, standing, colour, seconds)
        add_curve(plot, curve, colour, seconds=seconds)
    shown, _ = view([v for curve in curves for v in curve.means.tolist()], goal)
    if shown:
        plot.update_yaxes(range=shown)
    return Figure(f"best-{number}", "Best value so far", _READING, plot)


def _add_runs(plot: Any, standing: TunerStanding, colour: str, seconds: float) -> None:
    """Add the best value so far of each run."""
    for result in standing.results:
        end = [(result.study.seconds, result.best)] if result.steps else []
        plot.add_scatter(
            x=[time / seconds for time, _ in [*result.steps, *end]],
            y=[value for _, value in [*result.steps, *end]],
            mode="lines",
            line={"shape": "hv", "color": colour, "width": 1},
            opacity=0.4,
            showlegend=False,
            hoverinfo="skip",
            legendgroup=escape(standing.group.tuner),
        )
