"""The search spaces and experiment files that these example trials are run with."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, TORCH_ONLY_PARAMETERS
from nni_hpo_ext.trial.schedules import POLICY_PARAMETERS

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path.stem for path in (ROOT / "configs").glob("*.yml"))
# Not a network to train: one that comes with the package, and one that is looked up.
OTHERS = ("quickstart", "nas_hpo_bench2")
PUBLISHED = sorted(
    path.stem for path in (ROOT / "search_spaces").glob("*.json") if path.stem not in OTHERS
)
HARDWARE = {*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS}
TUNERS = {name for entry in ALGORITHMS for name in (entry.name, entry.alias)} | {"TPE"}


def load(name: str) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """Return config, search space and trial code directory."""
    file = ROOT / "configs" / f"{name}.yml"
    config = yaml.safe_load(file.read_text())
    if "searchSpace" in config:
        space = config["searchSpace"]
    else:
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
    assert set(space) <= {*defaults, *HARDWARE, *POLICY_PARAMETERS}
    for parameter, entry in space.items():
        if type(defaults.get(parameter, 0)) is int:
            assert entry["_type"] in ("randint", "choice"), parameter
        if entry["_type"] != "choice":  # YAML reads 1e-6 as text
            assert all(isinstance(bound, (int, float)) for bound in entry["_value"]), parameter


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_spaces_hold_all_hardware_parameters(name: str) -> None:
    space = set(json.loads((ROOT / "search_spaces" / f"{name}.json").read_text()))
    threads = {n for n in HARDWARE_PARAMETERS if n.endswith("_threads")}
    wanted = {*threads, *TORCH_ONLY_PARAMETERS} if "pytorch" in name else set(HARDWARE_PARAMETERS)
    assert wanted == space & HARDWARE


@pytest.mark.parametrize("name", [n for n in PUBLISHED if "-run" not in n])
def test_every_model_can_be_compared_and_tried_quickly(name: str) -> None:
    configs = {variant: load(f"{name}{variant}")[0] for variant in ("", "-diversified", "-tpe")}
    tuners = {variant: config.pop("tuner") for variant, config in configs.items()}
    names = {variant: tuner["name"] for variant, tuner in tuners.items()}
    assert names == {"": "Dragonfly", "-diversified": "Diversified", "-tpe": "TPE"}
    assert tuners[""]["classArgs"]["objectives"] == {"default": "maximize", "runtime": "minimize"}
    for config in configs.values():
        config.pop("experimentName")
    assert configs[""] == configs["-diversified"] == configs["-tpe"]
    smoke = load(f"{name}-smoke")[0]
    assert smoke["maxExperimentDuration"] == "8m"
    assert smoke["trialCodeDirectory"] == configs[""]["trialCodeDirectory"]


@pytest.mark.parametrize("name", CONFIGS)
def test_the_algorithms_are_ours_or_nni_s(name: str) -> None:
    config, _, _ = load(name)
    assert config["tuner"]["name"] in TUNERS
    looked_up = name.startswith("nas_hpo_bench2")  # takes no time that could be saved
    assert looked_up or config["assessor"]["name"] == "MedianStopAssessor"


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
