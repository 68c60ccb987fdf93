"""Bar charts of parameter importance."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import COLOURS, Figure, blank, plain
from nni_hpo_ext.report._importance import Importance, ParameterImportance

__all__ = ["importance_figures"]


def importance_figures(importance: Importance, key: str) -> list[Figure]:
    """Return one figure for model parameters and one for hardware parameters."""
    model = [p for p in importance.parameters if not p.hardware]
    hardware = [p for p in importance.parameters if p.hardware]
    return [
        _bars(importance, members, kind, f"{key}-{kind}", COLOURS[colour])
        for members, kind, colour in ((model, "model", 0), (hardware, "hardware", 4))
        if members
    ]


def _bars(
    importance: Importance,
    members: Sequence[ParameterImportance],
    kind: str,
    key: str,
    colour: str,
) -> Figure:
    goal = importance.objective
    figure = blank("share of the variance explained (percent)", "", height=90 + 26 * len(members))
    shown = list(reversed(members))  # plotly draws the first bar at the bottom
    figure.add_bar(
        x=[_percent(p.estimate.value) for p in shown],
        y=[plain(p.name) for p in shown],
        orientation="h",
        marker={"color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_percent(_reach(p, 1)) for p in shown],
            "arrayminus": [_percent(_reach(p, 0)) for p in shown],
            "color": "#666666",
        },
        hoverinfo="x+y",
    )
    figure.update_layout(showlegend=False)
    highest = max(p.estimate.value + _reach(p, 1) for p in importance.parameters)  # of both kinds
    figure.update_xaxes(range=[0, 105 * max(highest, 0.01)])
    figure.update_yaxes(type="category")
    reading = (
        f"Share of the variance of {goal.name} that each {kind} parameter explains by itself "
        "(functional ANOVA of a random forest). Error bars span 90 % of the trees. "
    )
    both = {"model": importance.model, "hardware": importance.hardware}[kind]
    if both is not None:
        reading += f"All {kind} parameters together explain {text.share(both)}. "
    return Figure(key, f"Importance of {kind} parameters for {goal.name}", reading.strip(), figure)


def _percent(share: float) -> float:
    return round(100 * max(share, 0.0), 2)


def _reach(parameter: ParameterImportance, side: int) -> float:
    """Return how far the interval reaches below (0) or above (1) the estimate."""
    estimate = parameter.estimate
    return 0.0 if estimate.interval is None else abs(estimate.interval[side] - estimate.value)
