"""Bar charts of parameter importance."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import COLOURS, Figure, blank, plain
from nni_hpo_ext.report._importance import Importance, ParameterImportance

__all__ = ["importance_figure"]

_MOST_BARS = 15
_KINDS = (("model parameters", False, COLOURS[0]), ("hardware parameters", True, COLOURS[4]))


def importance_figure(importance: Importance, key: str) -> Figure:
    """Return the importance of each parameter, hardware parameters in their own colour."""
    goal, members = importance.objective, importance.parameters[:_MOST_BARS]
    figure = blank("share of the variance (%)", "", height=120 + 24 * len(members))
    both = len({p.hardware for p in members}) == 2
    for name, hardware, colour in _KINDS:
        shown = [p for p in members if p.hardware is hardware]
        if shown:
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
                    "color": "#888888",
                },
                hoverinfo="x+y",
                name=name,
                showlegend=both,
            )
    # plotly draws the first category at the bottom
    order = [plain(p.name) for p in reversed(members)]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order)
    highest = max(p.estimate.value + _reach(p, 1) for p in members)
    figure.update_xaxes(range=[0, 105 * max(highest, 0.01)])
    figure.update_layout(barmode="overlay")
    reading = (
        f"Share of the variance of {goal.shown} that each parameter explains by itself (functional "
        "ANOVA of a random forest). Error bars span 90 % of the trees. "
    )
    for kind, together in (("model", importance.model), ("hardware", importance.hardware)):
        if together is not None:
            reading += f"All {kind} parameters together explain {text.share(together)}. "
    if len(members) < len(importance.parameters):
        reading += f"The first {len(members)} of {len(importance.parameters)} are shown."
    title = f"Importance for {goal.shown}"
    return Figure(key, title, reading.strip(), figure, small=True)


def _percent(share: float) -> float:
    return round(100 * max(share, 0.0), 2)


def _reach(parameter: ParameterImportance, side: int) -> float:
    """Return how far the interval reaches below (0) or above (1) the estimate."""
    estimate = parameter.estimate
    return 0.0 if estimate.interval is None else abs(estimate.interval[side] - estimate.value)
