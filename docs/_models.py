"""Rows of the table of models for the examples that the page does not list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from nni_hpo_ext.trial import HARDWARE_PARAMETERS
from nni_hpo_ext.trial.hardware import TORCH_ONLY_PARAMETERS


def rows(page: str, root: Path) -> Iterator[str]:
    """Yield a table row for each model in ``root/search_spaces`` whose example is not in `page`."""
    for file in sorted((root / "search_spaces").glob("*.json")):
        config = root / "configs" / f"{file.stem}.yml"
        if config.is_file():
            settings = yaml.safe_load(config.read_text(encoding="utf-8"))
            folder = Path(settings["trialCodeDirectory"]).name
            if f"(../examples/{folder})" not in page:
                space = json.loads(file.read_text(encoding="utf-8"))
                yield _row(root / "examples" / folder, settings, space)


def _row(example: Path, settings: Mapping[str, Any], space: Mapping[str, Any]) -> str:
    title = (example / "trial.py").read_text(encoding="utf-8").splitlines()[0].strip('"')
    ranges = ", ".join(
        f"{name} {_range(**entry)}"
        for name, entry in space.items()
        if name not in (*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS)
    )
    budget = settings.get("maxExperimentDuration") or f"{settings['maxTrialNumber']} trials"
    return f"| [{example.name}](../examples/{example.name}) | {title} | {ranges} | {budget} |\n"


def _range(_type: str, _value: list[Any]) -> str:
    if _type == "choice":
        return " or ".join(str(option) for option in _value)
    low, high = _value[:2]
    return f"{low} to {high - 1 if _type == 'randint' else high}"
