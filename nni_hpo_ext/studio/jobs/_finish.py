"""After the search: score the best model on the test part, and pack it."""

from __future__ import annotations

from pathlib import Path

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment import score_best
from nni_hpo_ext.studio.jobs._state import MODEL_FILE, ONNX_FILE, experiment_directory
from nni_hpo_ext.studio.models import ONNX_FOLDER, Scored, export_model, read_scored
from nni_hpo_ext.study import Study, load_study

__all__ = ["finish", "kept_folder"]


def finish(folder: Path) -> Scored:
    """Score the best model of a study and write it as zip files into the study's folder.

    Raises
    ------
    ExperimentError
        If no trial has a result, or the model cannot be scored.
    """
    directory = experiment_directory(folder)
    if directory is None:
        raise ExperimentError("the experiment did not start")
    study = load_study(str(directory))
    score_best(study)
    kept = kept_folder(study)
    scored = None if kept is None else read_scored(kept)
    if kept is None or scored is None:
        raise ExperimentError("the best trial left no answers on the test part")
    export_model(kept, folder / MODEL_FILE)
    if "difference" in scored.card.get("onnx", {}):
        export_model(kept / ONNX_FOLDER, folder / ONNX_FILE)
    return scored


def kept_folder(study: Study) -> Path | None:
    """Return the output directory of the best trial, None if there is none."""
    if study.directory is None or study.best is None:
        return None
    pattern = f"environments/*/trials/{study.best.job_id}"
    return next(iter(sorted(study.directory.glob(pattern))), None)
