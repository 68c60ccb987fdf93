"""`nni-hpo init` reads options without running a script, and proposes ranges that make sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import scripts
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nni_hpo_ext.check import _algorithm, check_config
from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.script import (
    Initialised,
    Script,
    ScriptOption,
    init_experiment,
    init_lines,
    propose,
    read_script,
)
from nni_hpo_ext.space import SearchSpace, parse


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def initialise(text: str, **options: Any) -> Initialised:
        (tmp_path / "train.py").write_text(text)
        return init_experiment(tmp_path / "train.py", tmp_path / "made", **options)

    return initialise


def read(folder: Path, text: str) -> Script:
    (folder / "train.py").write_text(text)
    return read_script(folder / "train.py")


def advice(made: Initialised) -> dict[str, str]:
    return {code: a.where for a in made.advice for code in a.code}


def test_argparse_options_get_ranges_by_name_type_and_default(make: Any) -> None:
    space = make(scripts.ARGPARSE).proposal.space
    assert dict(space) == {
        "lr": {"_type": "loguniform", "_value": [0.01, 1.0]},
        "weight_decay": {"_type": "loguniform", "_value": [3.333e-06, 0.003]},
        "momentum": {"_type": "uniform", "_value": [0.7, 0.9667]},
        "optimizer": {"_type": "choice", "_value": ["sgd", "adam"]},
        "batch_size": {"_type": "choice", "_value": [16, 32, 64, 128]},
        "hidden_dim": {"_type": "choice", "_value": [64, 128, 256]},
        "n_estimators": {"_type": "qloguniform", "_value": [20, 400, 10]},
        "dropout": {"_type": "uniform", "_value": [0.0, 0.4]},
        "nesterov": {"_type": "choice", "_value": [False, True]},
        "bias": {"_type": "choice", "_value": [True, False]},
    }


def test_what_is_left_out_has_a_reason(make: Any) -> None:
    assert make(scripts.ARGPARSE).proposal.left_out == {
        "arch": "its choices are computed when the script runs",
        "betas": "takes several values",
        "hyp": "the settings in hyp.yaml are not read",
        "data_dir": "files, names or downloads",
        "epochs": "the length of the training",
        "seed": "a random seed",
        "device": "depends on the machine",
        "log_interval": "logging, saving or resuming",
        "clip": "it has no default to start from",
    }


def test_the_advice_names_lines_and_variables_of_the_script(make: Any) -> None:
    made = make(scripts.ARGPARSE)
    lines = scripts.ARGPARSE.splitlines()
    found = advice(made)
    parsed = int(found["apply_parameters(args)"].split()[-1])
    assert lines[parsed - 1].strip() == "args = parser.parse_args()"
    reported = int(found["nni.report_intermediate_result(val_acc)"].split()[2].strip(","))
    assert lines[reported - 1].strip() == "val_acc = validate()"
    assert made.direction == "maximize"


def test_fields_of_dataclasses_are_read_also_from_modules_beside_the_script(
    tmp_path: Path,
) -> None:
    (tmp_path / "settings.py").write_text(scripts.SETTINGS)
    script = read(tmp_path, scripts.DATACLASSES)
    assert script.style == "dataclass"
    assert {o.name: (o.kind, o.default, o.choices) for o in script.options} == {
        "model_name_or_path": ("str", None, ()),
        "hidden_dropout": ("float", 0.1, ()),
        "activation": ("str", "relu", ("relu", "gelu")),
        "pooling": ("str", "mean", ("mean", "max")),
        "freeze": ("bool", False, ()),
        "layers": ("unknown", None, ()),
        "learning_rate": ("float", 5e-5, ()),
        "warmup_ratio": ("float", 0.0, ()),
        "output_dir": ("str", "out", ()),
    }
    assert script.gaps == ("MissingSettings is defined in nowhere, which is not installed here",)
    assert [o.name for o in script.options if o.required] == ["model_name_or_path"]


def test_parameters_are_applied_behind_an_if_whose_branches_all_parse(
    make: Any, tmp_path: Path
) -> None:
    (tmp_path / "settings.py").write_text(scripts.SETTINGS)
    where = advice(make(scripts.DATACLASSES))["apply_parameters(model_args, training_args)"]
    assert where == f"after line {len(scripts.DATACLASSES.splitlines())}"


def test_a_return_of_the_parsed_options_is_replaced(make: Any) -> None:
    made = make(
        "def options(known=False):\n"
        "    p.add_argument('--lr', default=0.1)\n"
        "    return p.parse_known_args()[0] if known else p.parse_args()\n"
    )
    code = "return apply_parameters(p.parse_known_args()[0] if known else p.parse_args())"
    assert advice(made)[code] == "in place of line 3"


def test_options_of_click_and_typer_are_read(tmp_path: Path) -> None:
    options = {o.name: o for o in read(tmp_path, scripts.CLICK).options}
    assert options["lr"] == ScriptOption("lr", "float", 0.01, flag="--lr", line=6)
    assert options["optimizer"].choices == ("sgd", "adam")
    assert (options["amsgrad"].kind, options["amsgrad"].default) == ("bool", True)
    assert options["data"].required
    options = {o.name: o for o in read(tmp_path, scripts.TYPER).options}
    assert [(n, o.kind, o.default) for n, o in options.items()] == [
        ("data", "str", None),
        ("lr", "float", 0.01),
        ("units", "int", 64),
        ("verbose", "bool", False),
    ]
    assert options["data"].required


def test_arguments_of_a_command_are_set_in_its_first_line(make: Any) -> None:
    code = 'lr, units = apply_parameters({"lr": lr, "units": units}).values()'
    assert advice(make(scripts.TYPER))[code].startswith("first in train()")


def test_constants_are_read_if_a_script_has_no_options(make: Any) -> None:
    made = make(scripts.CONSTANTS)
    assert list(made.proposal.space) == [
        "learning_rate",
        "batch_size",
        "image_size",
        "patch_size",
        "num_heads",
    ]
    assert made.proposal.left_out["num_patches"] == "computed from other values"
    where = [a.where for a in made.advice]
    assert "line 8 reads image_size, patch_size: move it below that line" in where
    assert made.direction == "minimize"


@pytest.mark.parametrize(
    ("library", "call", "callback"),
    [
        ("keras", "model.fit(x, y)", "ReportToNni"),
        ("transformers", "trainer.train()", "TransformersReport"),
        ("lightning.pytorch", "trainer.fit(module)", "LightningReport"),
        ("xgboost", "booster = xgboost.train(options, x)", "XGBoostReport"),
    ],
)
def test_a_framework_is_advised_its_callback(
    make: Any, library: str, call: str, callback: str
) -> None:
    made = make(f"import {library}\nlr = 0.1\n{call}\n")
    (where,) = [w for code, w in advice(made).items() if code.startswith(f"with {callback}(")]
    assert where.startswith("around line 3")


def test_options_of_a_module_beside_the_script_are_read(make: Any, tmp_path: Path) -> None:
    (tmp_path / "options.py").write_text(
        "def get():\n    p.add_argument('--lr', default=0.1)\n    return p.parse_args()\n"
    )
    made = make("from options import get\nargs = get()\n")
    assert list(made.proposal.space) == ["lr"]
    where = advice(made)["return apply_parameters(p.parse_args())"]
    assert where == "options.py, in place of line 3"


def test_dataclasses_and_further_options_of_the_parser_are_read(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(scripts.SETTINGS)
    script = read(tmp_path, scripts.DATACLASSES + "parser.add_argument('--alpha', default=0.5)")
    assert {"hidden_dropout", "alpha"} <= {option.name for option in script.options}


def test_the_script_is_never_run(tmp_path: Path) -> None:
    text = f"open({str(tmp_path / 'trace')!r}, 'w')\nlr = 0.1\n"
    assert [o.name for o in read(tmp_path, text).options] == ["lr"]
    assert not (tmp_path / "trace").exists()


def test_a_default_that_would_take_forever_to_compute_is_not_computed(tmp_path: Path) -> None:
    (option,) = read(tmp_path, "p.add_argument('--n', default=9**9**9)").options
    assert option.obstacle == "its default is computed when the script runs"


def test_an_option_can_be_searched_in_spite_of_its_name_or_left_out(make: Any) -> None:
    space = make(scripts.ARGPARSE, include=["epochs"], exclude=["lr"], most=1).proposal.space
    assert list(space) == ["batch_size", "epochs"]


@pytest.mark.parametrize("options", [{"include": ["data_dir"]}, {"exclude": ["unknown"]}])
def test_a_name_that_cannot_be_searched_is_an_error(make: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"data_dir|unknown"):
        make(scripts.ARGPARSE, **options)


def test_a_script_without_options_is_an_error(make: Any) -> None:
    with pytest.raises(ConfigError, match="no option can be searched"):
        make("print(1)")


def test_a_script_that_is_not_python_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2 is not valid Python"):
        read(tmp_path, "x = 1\nif:\n")


def test_a_written_config_passes_check(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # How fast the tuner starts does not matter here.
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [Probe("done")] * len(targets))
    made = make(scripts.ARGPARSE)
    assert [str(finding) for finding in check_config(made.config)] == []
    config = yaml.safe_load(made.config.read_text())
    assert config["trialCommand"] == "exec python3 train.py"
    assert "--data-dir" in made.config.read_text()
    space = json.loads((made.config.parent / config["searchSpaceFile"]).read_text())
    assert space == made.proposal.space


def test_files_are_replaced_only_by_force(make: Any) -> None:
    make(scripts.ARGPARSE)
    with pytest.raises(ConfigError, match="--force"):
        make(scripts.ARGPARSE)
    make(scripts.ARGPARSE, force=True)


def test_the_command_prints_the_space_and_the_lines_to_add(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(scripts.ARGPARSE)
    result = CliRunner().invoke(app, ["init", str(script), "--out", str(tmp_path / "made")])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "train.py: 19 options (argparse), 10 in the search space"
    assert lines[1].split() == ["lr", "loguniform", "[0.01,", "1.0],", "default", "0.1"]


def test_what_is_printed_names_the_gaps(make: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(scripts.SETTINGS)
    lines = list(init_lines(make(scripts.DATACLASSES)))
    assert "Not read: MissingSettings is defined in nowhere, which is not installed here" in lines


NAMES = """lr batch_size weight_decay eps momentum dropout smoothing warmup_ratio subsample
hidden_size num_layers max_depth patience flag temperature clip"""
names = st.sampled_from(NAMES.split())
values = st.one_of(
    st.booleans(),
    st.integers(-5, 10**7),
    st.floats(-1e3, 1e3, allow_subnormal=False),
    st.none(),
)


@given(names, values)
def test_every_proposed_range_is_valid_and_holds_the_default(name: str, default: Any) -> None:
    kinds: dict[type, Any] = {bool: "bool", int: "int", float: "float"}
    option = ScriptOption(name, kinds.get(type(default), "unknown"), default)
    proposal = propose([option])
    assert set(proposal.space) | set(proposal.left_out) == {name}
    for entry in proposal.space.values():
        _, findings = parse({name: entry})
        assert findings == []
        if entry["_type"] == "choice":
            assert default in [None, *entry["_value"]]
        else:
            assert entry["_value"][0] <= default <= entry["_value"][1]
        assert len(SearchSpace({name: entry}).dimensions) == 1
