"""Create a report in any format."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from nni_hpo_ext import __version__
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import write_text
from nni_hpo_ext.render.html import page, require_html
from nni_hpo_ext.render.markdown import markdown
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._export import as_json
from nni_hpo_ext.report._findings import examine
from nni_hpo_ext.report._html import html
from nni_hpo_ext.report.sections import sections
from nni_hpo_ext.study import Study, to_csv, trial_rows

__all__ = ["Format", "live_page", "make_report", "write_report"]

Format = Literal["html", "md", "json", "csv"]


def make_report(study: Study, format: Format = "html") -> str:
    """Return a report on a study.

    Parameters
    ----------
    study
        The study, see `nni_hpo_ext.study.load_study`.
    format
        ``html``: a self-contained page with figures; ``md``: text and tables; ``json``: all
        numbers; ``csv``: one line per trial.

    Raises
    ------
    DataError
        If no trial has started.
    MissingDependencyError
        If the HTML page requires a package that is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.report import make_report
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> len(make_report(study, "csv").splitlines())  # a header and five trials
    6
    """
    if format == "html":
        require_html()
    if not study.trials:
        raise DataError(f"{study.place}: no trial has started, there is nothing to report")
    if format == "csv":
        return to_csv(list(trial_rows(study)))
    findings = examine(study)
    if format == "json":
        return as_json(findings)
    parts = (_title(study), _subtitle(study), sections(findings), _footer())
    return markdown(*parts) if format == "md" else html(findings, *parts)


def live_page(study: Study, version: str) -> str:
    """Return the page of a study that may still run, with its version; see `LiveReport`."""
    require_html()
    if study.trials:
        findings = examine(study)
        parts = (_title(study), _subtitle(study), sections(findings), _footer())
        return html(findings, *parts, follow=version)
    waiting = Section("summary", "Summary", "Summary", text=["No trial has started yet."])
    return page(_title(study), _subtitle(study), [waiting], _footer(), {}, follow=version)


def _title(study: Study) -> str:
    return f"{study.name} ({study.id})"


def _subtitle(study: Study) -> str:
    tuner = study.config.get("tuner") or {}
    assessor = study.config.get("assessor") or {}
    algorithms = [
        a.get("name") or a.get("className") or a.get("builtinTunerName") for a in (tuner, assessor)
    ]
    parts = [" with ".join(str(a) for a in algorithms if a)] if any(algorithms) else []
    if study.simulated:
        return ", ".join([*parts, f"simulated, from {study.place}"])
    if study.began:
        began = datetime.fromtimestamp(study.began, UTC)
        parts.append(f"started {began:%Y-%m-%d %H:%M} UTC")
    return ", ".join([*parts, f"from {study.place}"])


def _footer() -> str:
    return f"Created with nni-hpo report, nni-hpo-ext {__version__}."


def write_report(study: Study, path: Path, format: Format = "html") -> None:
    """Write a report on a study to a file.

    Parameters
    ----------
    study
        The study.
    path
        The file; it is overwritten if it exists.
    format
        See `make_report`.

    Raises
    ------
    DataError, ExperimentError
        As `make_report`, or if the file cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.report import write_report
    >>> from nni_hpo_ext.study import load_study
    >>> write_report(load_study("EXPERIMENT_ID"), Path("report.html"))  # doctest: +SKIP
    """
    write_text(path, make_report(study, format))
