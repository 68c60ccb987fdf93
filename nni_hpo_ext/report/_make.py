"""Makes a report in any format."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from nni_hpo_ext import __version__
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import write_text
from nni_hpo_ext.render.html import require_html
from nni_hpo_ext.render.markdown import markdown
from nni_hpo_ext.report._export import as_json
from nni_hpo_ext.report._findings import examine
from nni_hpo_ext.report._html import html
from nni_hpo_ext.report.sections import sections
from nni_hpo_ext.study import Study, to_csv, trial_rows

__all__ = ["Format", "make_report", "write_report"]

Format = Literal["html", "md", "json", "csv"]


def make_report(study: Study, format: Format = "html") -> str:
    """Return a report on a study.

    Parameters
    ----------
    study
        See `nni_hpo_ext.study.load_study`.
    format
        ``html``: one page with figures that needs no network; ``md``: words and tables; ``json``:
        all numbers; ``csv``: one line per trial.

    Raises
    ------
    DataError
        If no trial has started.
    MissingDependencyError
        If the page cannot be made without a package that is not installed.
    """
    if format == "html":
        require_html()
    if not study.trials:
        raise DataError(f"{study.place}: no trial has started, so there is nothing to report")
    if format == "csv":
        return to_csv(list(trial_rows(study)))
    findings = examine(study)
    if format == "json":
        return as_json(findings)
    words = (f"{study.name} ({study.id})", _subtitle(study), sections(findings), _footer())
    return markdown(*words) if format == "md" else html(findings, *words)


def _subtitle(study: Study) -> str:
    tuner = study.config.get("tuner") or {}
    assessor = study.config.get("assessor") or {}
    algorithms = [
        a.get("name") or a.get("className") or a.get("builtinTunerName") for a in (tuner, assessor)
    ]
    said = [" with ".join(str(a) for a in algorithms if a)] if any(algorithms) else []
    if study.simulated:
        return ", ".join([*said, f"simulated, from {study.place}"])
    if study.began:
        began = datetime.fromtimestamp(study.began, UTC)
        said.append(f"started {began:%Y-%m-%d %H:%M} UTC")
    return ", ".join([*said, f"from {study.place}"])


def _footer() -> str:
    return f"Made by nni-hpo report, nni-hpo-ext {__version__}."


def write_report(study: Study, path: Path, format: Format = "html") -> None:
    """Write a report on a study to a file.

    Parameters
    ----------
    study, format
        See `make_report`.
    path
        The file; what it holds is replaced.

    Parameters
    ----------
    study
        What to report on.
    path
        The file.
    format
        What `make_report` takes.

    Raises
    ------
    DataError, ExperimentError
        As `make_report`, or if the file cannot be written.
    """
    write_text(path, make_report(study, format))
