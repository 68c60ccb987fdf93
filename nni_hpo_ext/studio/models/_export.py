"""Pack a model for use elsewhere, and open a packed one."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.files import require_size
from nni_hpo_ext.studio import predict
from nni_hpo_ext.studio.models._pretrained import NETWORK_FILES
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["export_model", "opened_model"]

_PROGRAM = "predict.py"
_MOST_BYTES = 4 * 2**30
_ALSO = {"sklearn": ["joblib"], "keras": ["tensorflow"], "torch": [], "onnx": []}
_README = """\
{title}, trained on {data}: {classes} classes.
It recognises {test_accuracy:.1%} of {test_examples} test images.

    pip install -r requirements.txt
    python predict.py FOLDER > answers.csv

prints one line of CSV per image: the class, its probability, and that of every class.
With nni_hpo_ext installed: nni-hpo predict THIS.zip FOLDER

The image is scaled to {size} x {size} pixels; model.json holds the labels and all settings.
"""
_TRUST = "Load a model file only if you trust its source: it can contain code.\n"
_ONNX = """
model.onnx contains no code, and runs in any ONNX runtime. It returns the probabilities of the
{classes} classes, in the order of the labels in model.json, calibrated: an array (n, {classes}).
"""
_PIXELS = """\
It takes the pixels of images that are scaled to that size, from 0 to 255: a float32 array
(n, {size}, {size}, {channels}); three channels are red, green, blue.
"""
_FEATURES = """\
It takes features, not images: the float32 array (n, d) that the function features of predict.py
computes from images, by numpy: {features}. Outside Python, that function has to be rewritten.
"""


def export_model(folder: Path, archive: Path) -> None:
    """Write a zip file with the model in a folder, its labels, and a program that uses it.

    Parameters
    ----------
    folder
        Holds the model and its card; see `score_kept`.
    archive
        The file to write.
    """
    card = json.loads((folder / predict.CARD_FILE).read_text(encoding="utf-8"))
    files = [name for name in _files(card["kind"]) if (folder / name).is_file()]
    libraries = [card["library"], *_ALSO[card["kind"]]]
    if library := card.get("network_library"):
        libraries += [library, *_ALSO[library.partition("==")[0]]]
    requirements = [*libraries, "numpy", "pillow"]

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name in files:
                out.write(folder / name, name)
            out.write(Path(predict.__file__), _PROGRAM)
            out.writestr("requirements.txt", "\n".join(requirements) + "\n")
            out.writestr("README.txt", _readme(card))

    write_whole(archive, write)


def _files(kind: str) -> tuple[str, ...]:
    return predict.MODEL_FILES[kind], predict.CARD_FILE, predict.PATCH_FILE, *NETWORK_FILES


def _readme(card: Mapping[str, Any]) -> str:
    values = {**card, "classes": len(card["labels"]), "features": ", ".join(card["features"])}
    if card["kind"] != "onnx":
        text = _README + _TRUST
    else:
        text = _README + _ONNX + (_FEATURES if card["features"] else _PIXELS)
    return text.format(**values)


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
        except ImportError as error:
            raise MissingDependencyError(
                f"{path} needs {error.name}, which is not installed"
            ) from None
        yield model


def _unpacked(archive: Path, folder: Path) -> Path:
    require_size(archive, _MOST_BYTES)
    with zipfile.ZipFile(archive) as opened:
        for name in {name for kind in predict.MODEL_FILES for name in _files(kind)}:
            if name in opened.namelist():
                opened.extract(name, folder)
    return folder
