"""A new Keras model is a script, a search space and a config; the table of models finds it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from pages import DOCS, blocks

ROOT = DOCS.parent


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Write the files of a new model, as the page says."""
    folder = tmp_path / "examples" / "efficientnet_plant_leaves"
    (code,) = blocks("models.md", "python", indent=3)
    for directory in (folder, tmp_path / "search_spaces", tmp_path / "configs"):
        directory.mkdir(parents=True)
    (folder / "trial.py").write_text(dedent(code))
    space = {
        "BATCH_SIZE": {"_type": "randint", "_value": [2, 17]},
        "DROP_OUT": {"_type": "uniform", "_value": [0.05, 0.5]},
        "OPTIMIZER": {"_type": "choice", "_value": ["adam", "grad"]},
        "infer_shapes": {"_type": "choice", "_value": [0, 1]},
    }
    (tmp_path / "search_spaces" / "efficientnet.json").write_text(json.dumps(space))
    config = {
        "trialCodeDirectory": "../examples/efficientnet_plant_leaves",
        "maxExperimentDuration": "12h",
    }
    (tmp_path / "configs" / "efficientnet.yml").write_text(yaml.safe_dump(config))
    return tmp_path


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(DOCS)
    return (DOCS / "models.md").read_text(encoding="utf-8")


def test_a_new_model_has_a_row_of_the_table(tree: Path, page: str) -> None:
    from _models import rows

    assert "<!-- other models -->\n" in page
    (row,) = rows(page, tree)
    assert row == (
        "| [efficientnet_plant_leaves](../examples/efficientnet_plant_leaves) "
        "| Train EfficientNetB0 on plant leaves. "
        "| BATCH_SIZE 2 to 16, DROP_OUT 0.05 to 0.5, OPTIMIZER adam or grad | 12h |\n"
    )


def test_a_model_that_the_page_lists_has_no_second_row(page: str) -> None:
    from _models import rows

    assert not [row for row in rows(page, ROOT) if "resnet50" in row or "pytorch" in row]


def test_the_script_of_a_new_model_trains(tree: Path) -> None:
    pytest.importorskip("tensorflow")
    script = tree / "examples" / "efficientnet_plant_leaves" / "trial.py"
    options = "--dataset digits --size 32 --width 0.1 --max-train 16 --max-val 8 --num-epoch 1"
    done = subprocess.run(
        [sys.executable, str(script), *options.split()],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Final result" in done.stdout
