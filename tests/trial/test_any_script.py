"""The examples in any_script run as trials, with the parameters that their configs propose."""

from __future__ import annotations

from pathlib import Path

import pytest

from nni_hpo_ext.check import run_trial, trial_problem

FOLDER = Path(__file__).parents[2] / "examples" / "any_script"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.yml"))
LIMIT_SECONDS = 300.0


def test_every_script_has_a_config_and_a_line_in_the_readme() -> None:
    scripts = {path.stem for path in FOLDER.glob("*_*.py")}
    assert scripts - set(CONFIGS) == {"search_sklearn"}
    text = (FOLDER / "README.md").read_text()
    assert [name for name in scripts if f"`{name}.py`" not in text] == []


@pytest.mark.parametrize("name", CONFIGS)
def test_the_trial_of_an_example_reports(name: str) -> None:
    library = name.partition("_")[2]
    pytest.importorskip(library, reason=f"{library} is not installed: pip install {library}")
    run = run_trial(FOLDER / f"{name}.yml", LIMIT_SECONDS)
    assert not trial_problem(run), run
