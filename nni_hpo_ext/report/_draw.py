"""The figures of a report as plotly figures, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.render import text
from nni_hpo_ext.report._findings import examine
from nni_hpo_ext.study import Study, TrialRecord, scores

if TYPE_CHECKING:
    from nni_hpo_ext.render.figures import Figure

__all__ = ["study_figures"]

_TITLE_PIXELS = 70
_MOST_PARAMETERS = 12  # in the text of a point


def study_figures(study: Study) -> dict[str, Figure]:
    """Return the figures of a study's report, by their keys.

    They are complete without the page of the report: with a title, and a text for each trial.

    Parameters
    ----------
    study
        The study.

    Raises
    ------
    MissingDependencyError
        If plotly is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.report import study_figures
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> "curves" in study_figures(study_of_run(run, Path("branin.jsonl")))
    True
    """
    try:
        from nni_hpo_ext.report.figures import figures, groups
    except ImportError as error:
        raise MissingDependencyError(
            f"figures require {error.name}: pip install 'nni-hpo-ext[report]'"
        ) from error
    if not study.trials:
        return {}
    findings = examine(study)
    shown = [figure for section in figures(findings).values() for figure in section]
    more = [group for section in groups(findings).values() for group in section]
    drawn = [*shown, *(figure for group in more for figure in group.figures)]
    texts = {trial.number: _hover(trial, study) for trial in study.trials}
    for figure in drawn:
        _complete(figure, texts)
    return {figure.key: figure for figure in drawn}


def _complete(figure: Figure, texts: dict[int, str]) -> None:
    """Add what the script of the page adds."""
    from nni_hpo_ext.render.figures import plain

    figure.plot.update_layout(
        template="plotly_white",
        title={
            "text": plain(figure.title),
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 15},
        },
        hovermode="closest",
        margin={"l": 10, "r": 10, "t": _TITLE_PIXELS, "b": 10},
        height=figure.plot.layout.height + _TITLE_PIXELS,
    )
    figure.plot.update_xaxes(automargin=True)
    figure.plot.update_yaxes(automargin=True)
    for trace in figure.plot.data:
        if trace.meta == "trials":
            trace.hovertext = [texts.get(number, "") for number in trace.customdata]


def _hover(trial: TrialRecord, study: Study) -> str:
    from nni_hpo_ext.render.figures import plain

    parameters: dict[str, Any] = dict(trial.params or {})
    names = list(parameters)[:_MOST_PARAMETERS]
    lines = [f"trial {trial.number}, {trial.end.value}"]
    lines += [scores(trial, study.objectives)] if trial.values else []
    lines += [text.parameters({name: parameters[name]}) for name in names]
    lines += [f"and {len(parameters) - len(names)} more"] * (len(parameters) > len(names))
    lines += [trial.proposal.arm] if trial.proposal else []
    lines += [trial.reason] if trial.reason else []
    return "<br>".join(plain(line) for line in lines)
