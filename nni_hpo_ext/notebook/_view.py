"""A study with tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.notebook._frame import data_frame
from nni_hpo_ext.notebook._html import summary_html
from nni_hpo_ext.report import next_space, study_figures, write_report
from nni_hpo_ext.study import Study, load_study, scores

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

__all__ = ["StudyView", "load"]


def load(source: str, tuner: str | None = None, repeat: int | None = None) -> StudyView:
    """Load an experiment, a study or a simulation.

    Parameters
    ----------
    source
        An experiment's id, ``latest``, a directory, the address of a WebUI, the directory or URL of
        a study of `nni-hpo serve` or `optimize`, or a trace of `nni-hpo simulate`.
    tuner, repeat
        Which optimisation of a trace; needed if the trace holds several.

    Raises
    ------
    ExperimentError, DataError
        If the source does not exist or cannot be read.

    Examples
    --------
    >>> import nni_hpo_ext as hpo
    >>> study = hpo.load("latest")  # doctest: +SKIP
    >>> study.best.params  # doctest: +SKIP
    {'lr': 0.01}
    """
    return StudyView.wrap(load_study(source, tuner, repeat))


class StudyView(Study):
    """A study with tables and figures, for notebooks and scripts.

    It has all attributes of a `Study`, such as ``trials``, ``best`` and ``front``. Figures are
    those of the report, as plotly figures; they are computed together, when the first is drawn.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.notebook import StudyView
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = StudyView.wrap(study_of_run(run, Path("branin.jsonl")))
    >>> study
    <StudyView RANDOM, repeat 0: 5 trials, best default=9.459 (trial 4)>
    >>> list(study.to_dataframe()["param.x1"].round(2))
    [4.55, 8.35, -3.79, 8.42, 8.25]
    """

    @classmethod
    def wrap(cls, study: Study) -> Self:
        """Return a view of a study."""
        return cls(**{field.name: getattr(study, field.name) for field in fields(study)})

    def __repr__(self) -> str:
        best = self.best
        found = "no result" if best is None else f"best {scores(best, self.objectives)}"
        number = "" if best is None else f" (trial {best.number})"
        return f"<StudyView {self.id}: {len(self.trials)} trials, {found}{number}>"

    def _repr_html_(self) -> str:
        return summary_html(self)

    # ---------------------------------------------------------------- tables

    def to_dataframe(self, *, curves: bool = False) -> DataFrame:
        """Return a pandas table with a row for each trial, or for each intermediate result.

        Parameters
        ----------
        curves
            Return the learning curves as a long table: trial, step, seconds, metric and value.
            By default there is a row for each trial, with parameters under ``param.NAME`` and
            results under ``metric.NAME``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return data_frame(self, curves=curves)

    def next_space(self) -> Mapping[str, Any]:
        """Return the search space that the report proposes for the next experiment.

        Raises
        ------
        DataError
            If the search space is not known.
        """
        return next_space(self).space

    def save_report(self, path: str | Path) -> None:
        """Write the report as a self-contained HTML page.

        Raises
        ------
        DataError
            If no trial has started, or the file cannot be written.
        """
        write_report(self, Path(path))

    # ---------------------------------------------------------------- figures

    def plot_progress(self, objective: str | None = None) -> Figure:
        """Return the best value so far.

        Parameters
        ----------
        objective
            Name of the objective; by default the first one.

        Raises
        ------
        ConfigError
            If there is no such objective.
        DataError
            As all figures, if the trials do not hold what it shows.
        """
        return self._figure(f"progress-{self._index(objective)}", "no trial has a result yet")

    def plot_curves(self) -> Figure:
        """Return the learning curves of the first objective."""
        return self._figure("curves", "no trial reported intermediate results")

    def plot_front(self) -> Figure:
        """Return the Pareto front of the first two objectives."""
        return self._figure("front", "a front needs two objectives and trials with both")

    def plot_hypervolume(self) -> Figure:
        """Return the growth of the hypervolume, which sums up several objectives."""
        return self._figure("hypervolume", "it needs several objectives and trials with all")

    def plot_importance(self, objective: str | None = None) -> Figure:
        """Return the importance of the parameters; see `plot_progress`."""
        return self._figure(
            f"importance-{self._index(objective)}", "too few trials, or no parameter matters"
        )

    def plot_slice(self, parameter: str, objective: str | None = None) -> Figure:
        """Return an objective by one parameter.

        Parameters
        ----------
        parameter
            Name of the parameter.
        objective
            Name of the objective; by default the first one.

        Raises
        ------
        ConfigError
            If there is no such objective.
        DataError
            If there is no figure for the parameter.
        """
        key = f"slice-{self._index(objective)}"
        found = [f for k, f in self._figures.items() if k.startswith(f"{key}-")]
        chosen = [f.plot for f in found if f.title.endswith(f" by {parameter}")]
        if not chosen:
            known = ", ".join(f.title.rpartition(" by ")[2] for f in found) or "none"
            raise DataError(f"{self.id}: no slice of {parameter}; there are: {known}")
        return chosen[0]

    def plot_arms(self) -> Figure:
        """Return which component of the tuner suggested each trial."""
        return self._figure("arms", "the tuner has no components")

    @cached_property
    def _figures(self) -> Mapping[str, Any]:
        return study_figures(self)

    def _figure(self, key: str, reason: str) -> Figure:
        """Return the first figure with a key that begins as given."""
        for known, figure in self._figures.items():
            if known == key or known.startswith(f"{key}-"):
                return figure.plot
        raise DataError(f"{self.id}: nothing to draw: {reason}")

    def _index(self, objective: str | None) -> int:
        names = [goal.name for goal in self.objectives]
        if objective is None:
            return 0
        if objective not in names:
            raise ConfigError(f"objective must be one of {', '.join(names)}, got {objective!r}")
        return names.index(objective)
