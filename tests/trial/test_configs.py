"""The search spaces and config files of the examples; a new one is found by its file."""

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
# A smaller space of a published model, and a table.
OTHERS = ("quickstart", "nas_hpo_bench2")
MODELS = sorted(
    path.stem for path in (ROOT / "search_spaces").glob("*.json") if path.stem not in OTHERS
)
TUNER_OF = {"diversified": "Diversified", "tpe": "TPE", "hyperband": "HyperbandExt"}
VARIANTS = [name for name in CONFIGS if name.rpartition("-")[2] in TUNER_OF]
SMOKE = [name for name in CONFIGS if name.endswith("-smoke")]
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


@pytest.mark.parametrize("name", MODELS)
def test_the_space_of_a_model_holds_all_hardware_parameters(name: str) -> None:
    space = set(json.loads((ROOT / "search_spaces" / f"{name}.json").read_text()))
    threads = {n for n in HARDWARE_PARAMETERS if n.endswith("_threads")}
    wanted = {*threads, *TORCH_ONLY_PARAMETERS} if "pytorch" in name else set(HARDWARE_PARAMETERS)
    assert wanted == space & HARDWARE


@pytest.mark.parametrize("name", MODELS)
def test_the_experiment_of_a_model_has_two_objectives(name: str) -> None:
    tuner = load(name)[0]["tuner"]
    assert tuner["name"] == "Dragonfly"
    assert tuner["classArgs"]["objectives"] == {"default": "maximize", "runtime": "minimize"}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_differs_from_its_experiment_in_the_tuner_only(name: str) -> None:
    base, _, variant = name.rpartition("-")
    configs = [load(base)[0], load(name)[0]]
    assert configs[1]["tuner"]["name"] == TUNER_OF[variant]
    changed = {"tuner", "experimentName"}
    if variant == "hyperband":  # it stops early itself, and so needs more trials
        changed |= {"assessor", "maxTrialNumber"}
        assert not {"assessor", "maxTrialNumber"} & set(configs[1])
    for config in configs:
        for key in changed & set(config):
            del config[key]
    assert configs[0] == configs[1]


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.endswith("-hyperband")])
def test_hyperband_trains_for_as_long_as_the_example_does(name: str) -> None:
    config, space, folder = load(name)
    defaults = defaults_of(folder / "trial.py")
    (parameter,) = {"NUM_EPOCH", "epochs", "TRAIN_STEPS"} & set(defaults)
    longest = space.get(parameter, {"_type": "choice", "_value": [defaults[parameter]]})
    most = max(longest["_value"]) - (longest["_type"] == "randint")
    steps = int(defaults.get("steps_per_epoch", 1))
    assert config["tuner"]["classArgs"]["max_budget"] == most / steps


@pytest.mark.parametrize("name", SMOKE)
def test_a_smoke_experiment_ends_within_eight_minutes(name: str) -> None:
    config, _, folder = load(name)
    assert config["maxExperimentDuration"] == "8m"
    model = name.removesuffix("-smoke")
    assert folder in {load(n)[2] for n in MODELS if n == model or n.startswith(f"{model}-run")}


def test_every_example_has_an_experiment() -> None:
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/trial.py")}
    assert folders == {load(name)[2].name for name in CONFIGS}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_algorithms_are_ours_or_nni_s(name: str) -> None:
    config, _, _ = load(name)
    assert config["tuner"]["name"] in TUNERS
    if name.startswith("nas_hpo_bench2") or name.endswith("-hyperband"):
        return  # takes no time that could be saved, or saves it itself
    assert config["assessor"]["name"] == "MedianStopAssessor"


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
