"""Pack a model for use elsewhere, and open a packed one."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import require_size
from nni_hpo_ext.studio import predict
from nni_hpo_ext.studio.models._scored import CARD_FILE, Scored
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["export_model", "opened_model"]

_PROGRAM = "predict.py"
_MOST_BYTES = 4 * 2**30
_README = """\
{title}, trained on {data}: {count} classes, {accuracy:.1%} of {examples} test images right.

    pip install -r requirements.txt
    python predict.py FOLDER > answers.csv

prints one line of CSV per image: the class, its probability, and that of every class.
With nni_hpo_ext installed: nni-hpo predict THIS.zip FOLDER

The image is scaled to {size} x {size} pixels; model.json holds the labels and all settings.
Load a model file only if you trust its source: it can contain code.
"""


def export_model(folder: Path, archive: Path, scored: Scored) -> None:
    """Write a zip file with the model in a folder, its labels, and a program that uses it.

    Parameters
    ----------
    folder
        Holds the model and its card; see `score_kept`.
    archive
        The file to write.
    scored
        What `score_kept` returned.
    """
    card = scored.card
    file = predict.MODEL_FILES[card["kind"]]
    libraries = [card["library"], "numpy", "pillow"]
    libraries += ["tensorflow"] if card["kind"] == "keras" else ["joblib"]
    text = _README.format(
        **{k: card[k] for k in ("title", "data", "size")},
        count=len(card["labels"]),
        accuracy=scored.accuracy,
        examples=len(scored.rows),
    )

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.write(folder / file, file)
            out.write(folder / CARD_FILE, CARD_FILE)
            out.write(Path(predict.__file__), _PROGRAM)
            out.writestr("requirements.txt", "\n".join(libraries) + "\n")
            out.writestr("README.txt", text)

    write_whole(archive, write)


@contextmanager
def opened_model(path: Path) -> Iterator[Any]:
    """Open an exported model, a zip file or the folder that it was unpacked to.

    Yields
    ------
    nni_hpo_ext.studio.predict.Classifier
        The model.

    Raises
    ------
    DataError
        If it is not an exported model.
    """
    with tempfile.TemporaryDirectory(prefix="nni-hpo-model-") as scratch:
        try:
            model = predict.Classifier(path if path.is_dir() else _unpacked(path, Path(scratch)))
        except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
            raise DataError(f"{path} is not a model that the studio exported ({error})") from None
        yield model


def _unpacked(archive: Path, folder: Path) -> Path:
    require_size(archive, _MOST_BYTES)
    with zipfile.ZipFile(archive) as opened:
        for name in (CARD_FILE, *predict.MODEL_FILES.values()):
            if name in opened.namelist():
                opened.extract(name, folder)
    return folder
