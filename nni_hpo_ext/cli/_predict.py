"""The command `nni-hpo predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._server import requires

__all__ = ["predict"]


def predict(
    model: Annotated[
        Path,
        typer.Argument(exists=True, metavar="MODEL", help="Model that the studio exported."),
    ],
    images: Annotated[
        list[Path], typer.Argument(exists=True, metavar="FOLDER", help="Images, or folders.")
    ],
) -> None:
    """Classify images with a model of the studio: one line of CSV per image.

    Load only models that you trust: a model file can contain code.
    """
    from nni_hpo_ext.errors import DataError

    with requires("predict", "studio"):
        from nni_hpo_ext.studio.models import opened_model
        from nni_hpo_ext.studio.predict import found_images, write_answers
    paths = found_images(images)
    if not paths:
        raise DataError(f"no images found in {', '.join(map(str, images))}")
    with opened_model(model) as classifier:
        damaged = write_answers(classifier, paths, sys.stdout)
    raise typer.Exit(1 if damaged else 0)
