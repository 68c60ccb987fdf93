"""The search spaces and experiment files that these example trials are run with."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS

ROOT = Path(__file__).parents[2]
CONFIGS = [
    "vgg16",
    "vgg16-smoke",
    "lenet5",
    "quickstart",
    "nas_hpo_bench2",
    "nas_hpo_bench2-dragonfly",
]


def load(name: str) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """Return config, search space and trial code directory."""
    file = ROOT / "configs" / f"{name}.yml"
    config = yaml.safe_load(file.read_text())
    space = json.loads((file.parent / config["searchSpaceFile"]).read_text())
    return config, space, file.parent / config["trialCodeDirectory"]


def defaults_of(trial: Path) -> dict[str, Any]:
    """Return the DEFAULTS of a trial script, without importing its framework."""
    for node in ast.parse(trial.read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "DEFAULTS":
            assert node.value is not None
            found: dict[str, Any] = ast.literal_eval(node.value)
            return found
    raise AssertionError(f"{trial} has no DEFAULTS")


@pytest.mark.parametrize("name", CONFIGS)
def test_every_searched_parameter_is_one_the_trial_uses(name: str) -> None:
    _, space, folder = load(name)
    defaults = defaults_of(folder / "trial.py")
    assert set(space) <= {*defaults, *HARDWARE_PARAMETERS}
    for parameter, entry in space.items():
        if type(defaults.get(parameter, 0)) is int:
            assert entry["_type"] in ("randint", "choice"), parameter


@pytest.mark.parametrize("name", ["vgg16", "lenet5"])
def test_the_published_spaces_hold_all_hardware_parameters(name: str) -> None:
    _, space, _ = load(name)
    assert set(HARDWARE_PARAMETERS) <= set(space)


@pytest.mark.parametrize("name", CONFIGS)
def test_nni_accepts_the_config(name: str) -> None:
    from nni.experiment.config import AlgorithmConfig, ExperimentConfig

    config = ExperimentConfig.load(ROOT / "configs" / f"{name}.yml")
    # NNI knows Dragonfly and MedianStop only where they are registered.
    config.tuner = AlgorithmConfig(name="Random", class_args={})
    config.assessor = None
    full = config.canonical_copy()
    assert Path(full.trial_code_directory) == ROOT / "examples" / load(name)[2].name
    assert full.trial_command.startswith("exec python3 trial.py")
