"""Reproduce a study: its config or command, and its best configuration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from nni_hpo_ext.registry import STOPPING_RULES
from nni_hpo_ext.study import Study

__all__ = ["best_parameters", "config_of", "config_text", "rerun"]

# NNI writes these into its canonical config a second time.
_REPEATED = ("trialCommand", "trialCodeDirectory", "debug")


def rerun(study: Study) -> tuple[str, str]:
    """Return the config or command that repeats a study, and its language: ``yaml`` or ``sh``."""
    if study.simulated:
        return _command(study.config["simulation"]), "sh"
    return config_text(config_of(study)), "yaml"


def best_parameters(study: Study) -> str:
    """Return the best configuration as JSON, or an empty string."""
    if study.best is None:
        return ""
    return json.dumps(dict(study.best.params or {}), indent=2, ensure_ascii=False)


def config_of(study: Study) -> dict[str, Any]:
    """Return the config of an experiment without what NNI adds to it.

    Parameters
    ----------
    study
        The experiment.

    Examples
    --------
    >>> from nni_hpo_ext.report import config_of
    >>> from nni_hpo_ext.study import load_study
    >>> config_of(load_study("latest"))["trialCommand"]  # doctest: +SKIP
    'python3 trial.py'
    """
    kept = {k: v for k, v in study.config.items() if v is not None and k != "searchSpaceFile"}
    service = kept.get("trainingService")
    if isinstance(service, Mapping):
        repeated = {k for k in _REPEATED if service.get(k) == kept.get(k)}
        kept["trainingService"] = {
            k: v for k, v in service.items() if v is not None and k not in repeated
        }
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return plain


def config_text(config: Mapping[str, Any]) -> str:
    r"""Return a config as YAML.

    Examples
    --------
    >>> config_text({"tuner": {"name": "Grid"}})
    'tuner: {name: Grid}\n'
    """
    return str(
        yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True, default_flow_style=None)
    )


def _command(header: Mapping[str, Any]) -> str:
    """Return the command of a simulation, with further class arguments in a comment."""
    chosen, taken = _tuner(header)
    words = ["nni-hpo", "simulate", header["benchmark"], *_protocol(header), *chosen]
    if header["goal"] is not None:
        words += ["-eg", repr(header["goal"])]
    words += ["--workers", str(header["workers"])] + ["--sync"] * bool(header["sync"])
    words += ["--suggest-cost", repr(header["suggest_cost"]), "--seed", str(header["seed"])]
    if header["assessor"]:
        words += ["--assessor", header["assessor"]]
    sections = {
        "tuner": _without(header["arguments"], taken),
        "assessor": _without(
            header["assessor_arguments"],
            ("optimize_mode", "max_epochs", *_implied(header["assessor"])),
        ),
    }
    if not any(sections.values()):
        return f"{shlex.join(words)}\n"
    arguments = yaml.safe_dump({k: v for k, v in sections.items() if v}, sort_keys=False)
    comment = "".join(f"#   {line}\n" for line in arguments.splitlines())
    return f"{shlex.join([*words, '-c', 'arguments.yml'])}\n# arguments.yml:\n{comment}"


def _implied(assessor: str | None) -> Mapping[str, Any]:
    """Return the class arguments implied by the name of a stopping rule."""
    rule = STOPPING_RULES.get(assessor or "")
    return rule.arguments if rule else {}


def _protocol(header: Mapping[str, Any]) -> list[str]:
    """Return the options of ``nni-hpo simulate`` that decide when one optimisation ends."""
    most, seconds = header["max_trials"], header["max_seconds"]
    limit = [] if seconds is None else ["-et", repr(seconds)]
    if header["stop_at_goal"]:
        bound = ["1"] if most is None else [str(most), "--repeats", "1"]
        return [*bound, "-e", "GOAL", *limit]
    return ["1", "-e", "TIME", *limit] if most is None else [str(most), *limit]


def _tuner(header: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return the options that name the tuner, and the class arguments they imply."""
    decided = ("seed", "optimize_mode")
    label, arguments = header["tuner"], header["arguments"]
    mode, _, spec = label.partition(":")
    if arguments.get("mode") == mode:
        return ["-m", mode, *(["-s", spec] if spec else [])], (*decided, "mode", "spec")
    if label == "RANDOM":
        return ["-m", label], decided
    return ["--tuner", header["tuner_class"]], decided


def _without(arguments: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {k: v for k, v in arguments.items() if k not in names}
