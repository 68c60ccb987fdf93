"""Plot regret over time."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.simulate._curve import mean_curve
from nni_hpo_ext.trace import Run

__all__ = ["can_plot", "plot_regret", "require_plotly"]

_POINTS = 400


def can_plot() -> bool:
    """Return whether plotly is installed."""
    return importlib.util.find_spec("plotly") is not None


def require_plotly() -> None:
    """Raise MissingDependencyError if plotly is not installed."""
    if not can_plot():
        raise MissingDependencyError("--plot requires plotly: pip install 'nni-hpo-ext[report]'")


def plot_regret(runs: Mapping[str, Sequence[Run]], path: Path) -> None:
    """Plot the mean normalised regret of each tuner, with its 95 % band, as an HTML page.

    Parameters
    ----------
    runs
        The optimisations of each tuner.
    path
        The HTML file; it is self-contained.
    """
    import plotly.graph_objects as go

    from nni_hpo_ext.render.curves import add_curve
    from nni_hpo_ext.render.figures import COLOURS

    everything = [run for of_one in runs.values() for run in of_one]
    times = np.linspace(0.0, max(run.seconds for run in everything), _POINTS)
    figure = go.Figure()
    for i, of_one in enumerate(runs.values()):
        curve = mean_curve(of_one, times)
        # A log axis cannot show zero.
        positive = curve.means[curve.means > 0]
        floor = float(positive.min()) / 10 if len(positive) else 1e-9
        add_curve(figure, curve, COLOURS[i % len(COLOURS)], seconds=3600.0, floor=floor)
    figure.update_layout(
        title=f"{everything[0].header.benchmark}: mean of {len(everything) // len(runs)} "
        "optimisations with 95 % band",
        xaxis_title="virtual time (h)",
        yaxis_title="normalised regret (0 = optimum, 1 = typical)",
        template="plotly_white",
        hovermode="x unified",
    )
    figure.update_yaxes(type="log", exponentformat="power")
    figure.write_html(path, include_plotlyjs=True)
