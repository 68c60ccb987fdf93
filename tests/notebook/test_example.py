"""The notebook in examples/ runs from the first cell to the last."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook" / "optimize.ipynb"


def test_the_notebook_is_kept_without_results() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: an extra, dev")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: an extra, dev")
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    data = [kind for out in outputs for kind in out.get("data", {})]
    assert data.count("application/vnd.plotly.v1+json") == 3
    page = next(o["data"]["text/html"] for o in outputs if "24 trials" in str(o.get("data")))
    assert re.search(r"<b>digits</b>: 24 trials \(\d+ succeeded, \d+ stopped early\)", page)
    assert any("(24, 28)" in str(out.get("data")) for out in outputs)
