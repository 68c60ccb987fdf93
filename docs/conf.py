"""The documentation: `make docs`, then open build/docs/index.html."""

import re
import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import MockFinder

from nni_hpo_ext import __version__

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE))
import _models  # noqa: E402

project = "nni_hpo_ext"
copyright = "the authors of nni_hpo_ext; MIT licence"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"nni_hpo_ext {release}"

myst_heading_anchors = 3

default_role = "py:obj"
napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
# Heavy imports of the model code; mocks are enough to document its signatures.
_MOCKED = [
    "catboost", "dragonfly", "keras", "lightgbm", "lightning", "optuna", "ray", "skorch",
    "tensorflow", "torch", "transformers", "xgboost",
]  # fmt: skip
sys.meta_path.insert(0, MockFinder(_MOCKED))

# A link to a file of the repository that is not a page: `[text](../examples)`.
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")
_TOGETHER = re.compile(r"[a-z]\w*(, [a-z]\w*)+( : .*)?")


def _commands() -> str:
    """Return the reference of `nni-hpo` that typer generates, with headings one level down."""
    command = [sys.executable, "-m", "typer", "nni_hpo_ext.cli._main", "utils", "docs"]
    text = subprocess.run(
        [*command, "--name", "nni-hpo"], capture_output=True, text=True, check=True
    ).stdout
    return text.partition("**Commands**:")[2].partition("\n## ")[2]


def _fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Insert the generated reference, and replace links to files outside the site by names."""
    if page == "commands":
        source[0] = source[0].replace("<!-- reference -->", f"## {_commands()}")
    if page == "models":
        rows = "".join(_models.rows(source[0], _HERE.parent))
        source[0] = source[0].replace("<!-- other models -->\n", rows)
    source[0] = _OUTSIDE.sub(r"\1 (`\2`)", source[0])


def _join(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Join attributes described together, `low, high`, which napoleon reads as name and type."""
    for i, line in enumerate(lines):
        if _TOGETHER.fullmatch(line):
            names, colon, kind = line.partition(" : ")
            lines[i] = names.replace(", ", "/") + colon + kind


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("source-read", _fill)
    app.connect("autodoc-process-docstring", _join, priority=400)  # before napoleon
