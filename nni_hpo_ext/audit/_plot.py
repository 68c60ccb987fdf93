"""Plot the curves with their stops, and savings against regret, as an HTML page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext import __version__
from nni_hpo_ext.audit._judge import Verdict
from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.audit._show import winner_line
from nni_hpo_ext.files import write_text
from nni_hpo_ext.render import text
from nni_hpo_ext.render.html import page, require_html
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.stopping import Replayed

if TYPE_CHECKING:
    from nni_hpo_ext.render.figures import Figure

__all__ = ["write_plot"]


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
        If plotly or Jinja is not installed.
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
    require_html()
    figures = [_curves(recording, verdict, f"curves-{i}") for i, verdict in enumerate(verdicts)]
    if len(verdicts) > 1:
        figures.insert(0, _front(recording, verdicts))
    section = Section("rules", "Rules", "Stopping rules", text=[winner_line(recording)])
    subtitle = f"{text.count(len(verdicts), 'rule')}, {text.count(len(recording.trials), 'trial')}"
    footer = f"Made by nni-hpo audit, nni-hpo-ext {__version__}."
    content = page(f"Audit of {recording.name}", subtitle, [section], footer, {"rules": figures})
    write_text(path, content, "--plot")


def _curves(recording: Recording, verdict: Verdict, key: str) -> Figure:
    """Return the curves under one rule."""
    from nni_hpo_ext.render.figures import BEST, KEPT, STOPPED, Figure, blank

    figure = blank("epoch (intermediate reports)", recording.objective.title)
    winner = recording.ranking[0] if recording.ranking else None
    stopped = [r for r in verdict.replayed if r.stopped]
    kept = [r for r in verdict.replayed if not r.stopped and r.trial.name != winner]
    for name, trials, colour in (("kept", kept, KEPT), ("until stopped", stopped, STOPPED)):
        figure.add_scatter(**_lines(trials), name=name, line={"color": colour, "width": 1})
    best = [r for r in verdict.replayed if r.trial.name == winner]
    figure.add_scatter(**_lines(best), name="winner", line={"color": BEST, "width": 3})
    figure.add_scatter(
        x=[r.steps for r in stopped],
        y=[_plain(r.trial.values[r.steps - 1]) for r in stopped],
        text=[f"trial {r.trial.name}" for r in stopped],
        mode="markers",
        marker={"symbol": "x", "color": STOPPED, "size": 6},
        name="cut",
    )
    share = 100 * verdict.steps_saved / recording.steps
    fate = "is stopped" if winner in {r.trial.name for r in stopped} else "completes"
    return Figure(
        key,
        f"{verdict.setting}, {share:.1f} % saved",
        f"Each line is a trial; a cross marks where the rule stops it. The winner {fate}.",
        figure,
    )


def _lines(trials: Sequence[Replayed]) -> dict[str, Any]:
    """Return many curves as one trace, with gaps between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    names: list[str | None] = []
    for r in trials:
        x += [*range(1, r.steps + 1), None]
        y += [*map(_plain, r.trial.values[: r.steps]), None]
        names += [f"trial {r.trial.name}"] * (r.steps + 1)
    return {"x": x, "y": y, "text": names, "mode": "lines"}


def _front(recording: Recording, verdicts: Sequence[Verdict]) -> Figure:
    """Return savings against regret of all rules."""
    from nni_hpo_ext.render.figures import BEST, STOPPED, Figure, blank, plain

    goal = recording.objective
    figure = blank("epochs saved (percent)", f"regret ({goal.name}, as reported)")
    for colour, name, killed in ((BEST, "winner kept", False), (STOPPED, "winner killed", True)):
        chosen = [v for v in verdicts if v.winner_killed == killed]
        figure.add_scatter(
            x=[100 * v.steps_saved / recording.steps for v in chosen],
            y=[v.regret for v in chosen],
            text=[plain(v.setting) for v in chosen],
            mode="markers",
            marker={"color": colour, "size": 9},
            name=name,
        )
    return Figure(
        "rules-front",
        "What each rule saves and costs",
        "Each point is a rule with its arguments. Points further right save more. Above zero the "
        "winner is stopped, and the regret is the loss of the best trial that completes.",
        figure,
    )


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
