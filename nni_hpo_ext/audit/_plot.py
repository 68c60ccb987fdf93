"""Plot the curves with their stops, and savings against regret, as an HTML page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from nni_hpo_ext.audit._judge import Verdict
from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.stopping import Replayed

__all__ = ["write_plot"]

_CUT, _KEPT, _WINNER = "#c44e52", "#4c72b0", "#55a868"


def write_plot(path: Path, recording: Recording, verdicts: Sequence[Verdict]) -> None:
    """Write a self-contained HTML page.

    Parameters
    ----------
    path
        The HTML file.
    recording
        The recording.
    verdicts
        The result of each rule.

    Raises
    ------
    MissingDependencyError
        If plotly is not installed.
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nni_hpo_ext.audit import Recording, Setting, audit, write_plot
    >>> from nni_hpo_ext.types import Objective
    >>> goal = Objective("accuracy", "maximize")
    >>> recording = Recording.of_curves("toy", [[0.1, 0.9], [0.2, 0.3]], goal, workers=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder, "audit.html")
    ...     write_plot(page, recording, [audit(recording, Setting("median"))])
    ...     page.exists()
    True
    """
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingDependencyError(
            "--plot requires plotly: pip install 'nni-hpo-ext[report]'"
        ) from error
    figures = [_curves(go, recording, verdict) for verdict in verdicts]
    if len(verdicts) > 1:
        figures.insert(0, _front(go, recording, verdicts))
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=i == 0) + f"<p>{escape(reading)}</p>"
        for i, (figure, reading) in enumerate(figures)
    ]
    page = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(recording.name)}'
        f"</title><body style='font-family:sans-serif'>{''.join(parts)}</body></html>\n"
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write --plot {path}: {error.strerror}") from error


def _curves(go: Any, recording: Recording, verdict: Verdict) -> tuple[Any, str]:
    """Return the curves under one rule, and a caption."""
    figure = go.Figure()
    winner = recording.ranking[0] if recording.ranking else None
    stopped = [r for r in verdict.replayed if r.stopped]
    kept = [r for r in verdict.replayed if not r.stopped and r.trial.name != winner]
    for name, trials, colour in (("kept", kept, _KEPT), ("until stopped", stopped, _CUT)):
        figure.add_scatter(**_lines(trials), name=name, line={"color": colour, "width": 1})
    best = [r for r in verdict.replayed if r.trial.name == winner]
    figure.add_scatter(**_lines(best), name="winner", line={"color": _WINNER, "width": 3})
    figure.add_scatter(
        x=[r.steps for r in stopped],
        y=[_plain(r.trial.values[r.steps - 1]) for r in stopped],
        text=[f"trial {r.trial.name}" for r in stopped],
        mode="markers",
        marker={"symbol": "x", "color": _CUT, "size": 6},
        name="cut",
    )
    share = 100 * verdict.steps_saved / recording.steps
    figure.update_layout(
        title=f"{escape(recording.name)}: {escape(str(verdict.setting))}, {share:.1f} % saved",
        xaxis_title="epoch (intermediate reports)",
        yaxis_title=f"{escape(recording.objective.name)} (as reported)",
    )
    fate = "is stopped" if winner in {r.trial.name for r in stopped} else "completes"
    return (
        figure,
        f"Each line is a trial; a cross marks where the rule stops it. The winner {fate}.",
    )


def _lines(trials: Sequence[Replayed]) -> dict[str, Any]:
    """Return many curves as one trace, with gaps between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    text: list[str | None] = []
    for r in trials:
        x += [*range(1, r.steps + 1), None]
        y += [*map(_plain, r.trial.values[: r.steps]), None]
        text += [f"trial {r.trial.name}"] * (r.steps + 1)
    return {"x": x, "y": y, "text": text, "mode": "lines"}


def _front(go: Any, recording: Recording, verdicts: Sequence[Verdict]) -> tuple[Any, str]:
    """Return savings against regret of all rules, and a caption."""
    figure = go.Figure()
    for colour, name, killed in ((_WINNER, "winner kept", False), (_CUT, "winner killed", True)):
        chosen = [v for v in verdicts if v.winner_killed == killed]
        figure.add_scatter(
            x=[100 * v.steps_saved / recording.steps for v in chosen],
            y=[v.regret for v in chosen],
            text=[escape(str(v.setting)) for v in chosen],
            mode="markers",
            marker={"color": colour, "size": 9},
            name=name,
        )
    figure.update_layout(
        title=f"{escape(recording.name)}: what each rule saves and costs",
        xaxis_title="epochs saved (percent)",
        yaxis_title=f"regret ({escape(recording.objective.name)}, as reported)",
    )
    return figure, (
        "Each point is a rule with its arguments. Points further right save more. Above zero the "
        "winner is stopped, and the regret is the loss of the best trial that completes."
    )


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
