"""The search spaces and config files of the examples; a new one is found by its file."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.trial.data import AUGMENT_OPTIONS
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
    assert set(space) <= {*defaults, *HARDWARE, *POLICY_PARAMETERS, *AUGMENT_OPTIONS}
    for parameter, entry in space.items():
        if type(defaults.get(parameter, 0)) is int:
            assert entry["_type"] in ("randint", "choice"), parameter
        if entry["_type"] != "choice":  # YAML reads 1e-6 as text
            assert all(isinstance(bound, (int, float)) for bound in entry["_value"]), parameter


THREADS = {n for n in HARDWARE_PARAMETERS if n.endswith("_threads")}


@pytest.mark.parametrize("name", MODELS)
def test_the_hardware_parameters_are_in_the_spaces_that_had_them(name: str) -> None:
    """Those of the ten networks of the lab had none; ours are a variant."""
    space = set(json.loads((ROOT / "search_spaces" / f"{name}.json").read_text()))
    wanted = set(HARDWARE_PARAMETERS)
    if "pytorch" in name:
        wanted = {*THREADS, *TORCH_ONLY_PARAMETERS} if "hardware" in name else set()
    assert wanted == space & HARDWARE


TEN = [
    "resnet18", "resnet50", "vgg16", "vgg16_bn", "densenet121", "squeezenet1_1",
    "shufflenet_v2_x1_0", "mobilenet_v2", "resnext50_32x4d", "mnasnet1_0",
]  # fmt: skip
HARDWARE_RANGES: dict[str, Any] = {
    "inter_op_parallelism_threads": (2, 4), "intra_op_parallelism_threads": (2, 6),
    "max_folded_constant": (2, 10), "build_cost_model": (0, 8),
    "do_common_subexpression_elimination": [0, 1], "do_function_inlining": [0, 1],
    "global_jit_level": (0, 2), "infer_shapes": [0, 1], "place_pruned_graph": [0, 1],
    "enable_bfloat16_sendrecv": [0, 1],
}  # fmt: skip
OPTIMIZERS = ["adam", "grad", "rmsp"]
RUN_1: dict[str, Any] = {
    "initial_lr": (1e-4, 0.1), "weight_decay": (1e-6, 1e-3), "momentum": (0.5, 1.0),
    "cutout": [0, 4, 8, 12, 16], "batch_size": [64, 128, 256],
    "optimizer": ["sgd", "rmsprop", "adam"], "grad_clip": [0, 1, 2, 3, 4, 5], "model": TEN,
}  # fmt: skip
# The published ranges, ends included; a list is a choice.
PUBLISHED: dict[str, dict[str, Any]] = {
    "resnet50": {"BATCH_SIZE": (2, 16), "LEARNING_RATE": (2e-6, 1e-2), "NUM_EPOCH": (1, 8)},
    "inception-dog-breeds": {
        "BATCH_SIZE": (2, 32), "LEARNING_RATE": (1e-6, 1e-2), "NUM_EPOCH": (2, 20),
        "DENSE_UNIT": (16, 512),
    },
    "inception-human-protein": {
        "BATCH_SIZE": (2, 32), "LEARNING_RATE": (1e-6, 1e-2), "NUM_EPOCH": (1, 8),
        "DROP_OUT": (0.05, 0.6), "DENSE_UNIT": (64, 1024),
    },
    "vgg16": {
        "BATCH_SIZE": (8, 128), "LEARNING_RATE": (5e-5, 5e-3), "TRAIN_STEPS": (100, 400),
        "DROP_OUT": (0.1, 0.5), "DENSE_UNIT": (32, 512), "OPTIMIZER": OPTIMIZERS,
        "KERNEL_SIZE": (2, 5),
    },
    "lenet5": {
        "BATCH_SIZE": (10, 711), "LEARNING_RATE": (1e-6, 1e-2), "NKERN1": (5, 30),
        "NKERN2": (31, 60),
    },
    "googlenet": {
        "BATCH_SIZE": (8, 64), "EPSILON": (0.1, 1.0), "INIT_LR": (1e-2, 1.0),
        "FINAL_LR": (1e-6, 5e-4), "WEIGHT_DECAY": (2e-5, 2e-3),
    },
    "bert": {
        "BATCH_SIZE": (4, 64), "LEARNING_RATE": (1e-6, 1e-2), "NUM_EPOCH": (1, 3),
        "WARMUP_PROPORTION": (0.05, 0.15),
    },
    "densenet": {
        "BATCH_SIZE": (2, 16), "LEARNING_RATE": (1e-6, 1e-2), "NUM_EPOCH": (1, 9),
        "DENSE_UNIT": (64, 512), "DROP_OUT": (0.05, 0.6), "OPTIMIZER": OPTIMIZERS,
    },
    "mobilenet": {
        "BATCH_SIZE": (2, 16), "LEARNING_RATE": (5e-6, 5e-2), "NUM_EPOCH": (1, 5),
        "OPTIMIZER": OPTIMIZERS,
    },
    "pytorch-run1": RUN_1,
    "pytorch-run2": {**RUN_1, "epochs": [100, 300, 600]},
    "pytorch-run3": {
        "initial_lr": (1e-3, 0.1), "weight_decay": (1e-6, 5e-5), "momentum": (0.7, 1.0),
        "cutout": [0, 4, 8], "grad_clip": [1, 2, 3], "epochs": [300, 600], "model": TEN,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_space_of_a_model_is_the_published_one(name: str) -> None:
    """Every range, value by value, and nothing else."""
    space = json.loads((ROOT / "search_spaces" / f"{name}.json").read_text())
    hardware = {} if "pytorch" in name else HARDWARE_RANGES
    found = {}
    for parameter, entry in space.items():
        kind, value = entry["_type"], entry["_value"]
        if kind == "choice":
            found[parameter] = value
        else:
            found[parameter] = (value[0], value[1] - 1 if kind == "randint" else value[1])
    assert found == {**PUBLISHED[name], **hardware}


BUDGETS = {
    "resnet50": "12h", "inception-dog-breeds": "10h", "inception-human-protein": "10h",
    "vgg16": "700m", "lenet5": "80m", "googlenet": "40h", "bert": "10h", "densenet": "13h",
    "mobilenet": "10h",
}  # fmt: skip


@pytest.mark.parametrize("name", BUDGETS)
def test_the_budget_of_an_experiment_is_the_published_one(name: str) -> None:
    assert load(name)[0]["maxExperimentDuration"] == BUDGETS[name]


def test_what_the_lab_kept_fixed_is_fixed_here() -> None:
    runs = [name for name in CONFIGS if re.match(r"pytorch-run\d$", name)]
    trials = {name: load(name)[0]["maxTrialNumber"] for name in runs}
    assert trials["pytorch-run1"] == 10
    assert trials["pytorch-run2"] == trials["pytorch-run3"] == 20
    command = load("pytorch-run3")[0]["trialCommand"]
    assert "--batch-size 128 --optimizer sgd" in command
    lenet = defaults_of(ROOT / "examples" / "lenet5_cifar10" / "trial.py")
    assert (lenet["OPTIMIZER"], lenet["epochs"]) == ("grad", 80)


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
    assert folder in {load(n)[2] for n in MODELS if n == model or n.startswith(f"{model}-")}


def test_every_example_has_an_experiment() -> None:
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/trial.py")}
    folders -= {"serve", "image_studio"}  # for workers of the service, and with its own config
    assert folders == {load(name)[2].name for name in CONFIGS}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_algorithms_are_ours_or_nni_s(name: str) -> None:
    config, _, _ = load(name)
    assert config["tuner"]["name"] in TUNERS
    if name.startswith("nas_hpo_bench2") or name.endswith("-hyperband"):
        return  # takes no time that could be saved, or saves it itself
    assert config["assessor"]["name"] == "MedianStopAssessor"


@pytest.mark.parametrize("name", CONFIGS)
def test_nni_accepts_the_config(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nni.experiment.config import AlgorithmConfig, ExperimentConfig

    monkeypatch.setenv("HOME", str(tmp_path))  # where the key of remote workers is looked for
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").touch()
    config = ExperimentConfig.load(ROOT / "configs" / f"{name}.yml")
    # NNI knows Dragonfly and MedianStop only where they are registered.
    config.tuner = AlgorithmConfig(name="Random", class_args={})
    config.assessor = None
    full = config.canonical_copy()
    assert Path(full.trial_code_directory) == ROOT / "examples" / load(name)[2].name
    assert full.trial_command.startswith("exec python3 trial.py")
