"""Write the search space and the config of an experiment with a script."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.files import write_text
from nni_hpo_ext.registry import ALGORITHMS, registered

__all__ = ["CONFIG", "SPACE", "write_experiment"]

CONFIG, SPACE = "config.yml", "search_space.json"

_TEMPLATE = """\
experimentName: {name}
searchSpaceFile: {space}
trialCodeDirectory: {directory}
{remark}trialCommand: {command}
trialConcurrency: 1
maxTrialNumber: 30
tuner:
{tuner}
  classArgs: {{optimize_mode: {mode}}}
assessor:  # stops hopeless trials; remove it if the script reports no intermediate results
{assessor}
  classArgs: {{optimize_mode: {mode}}}
trainingService:
  platform: local
"""


def write_experiment(
    script: Path,
    space: Mapping[str, Any],
    folder: Path,
    *,
    mode: str,
    required: tuple[str, ...] = (),
    force: bool = False,
) -> tuple[Path, Path]:
    """Write ``search_space.json`` and ``config.yml``, and return their paths.

    Parameters
    ----------
    script
        The training script.
    space
        The search space.
    folder
        Where to write; made if needed.
    mode
        ``maximize`` or ``minimize``.
    required
        Options without which the script does not start.
    force
        Whether to replace existing files.

    Raises
    ------
    ConfigError
        If a file exists and ``force`` is false.
    """
    paths = folder / SPACE, folder / CONFIG
    for path in paths:
        if path.exists() and not force:
            raise ConfigError(f"{path} exists; give another --out, or --force to replace it")
    folder.mkdir(parents=True, exist_ok=True)
    write_text(paths[0], _space(space))
    write_text(paths[1], _config(script, folder, mode, required))
    return paths


def _space(space: Mapping[str, Any]) -> str:
    """Return a search space as JSON with a line for each parameter."""
    lines = (f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in space.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _config(script: Path, folder: Path, mode: str, required: tuple[str, ...]) -> str:
    names = f"# The script also needs {', '.join(required)}: add them to the command.\n"
    return _TEMPLATE.format(
        name=json.dumps(script.stem),
        space=SPACE,
        directory=json.dumps(os.path.relpath(script.resolve().parent, folder.resolve())),
        remark=names if required else "",
        command=json.dumps(f"exec python3 {shlex.quote(script.name)}"),
        tuner=_algorithm("Diversified"),
        assessor=_algorithm("MedianStop"),
        mode=mode,
    )


def _algorithm(name: str) -> str:
    """Return the lines that name an algorithm: by its alias if NNI knows it, else by its class."""
    entry = next(entry for entry in ALGORITHMS if entry.name == name)
    if entry in registered():
        return f"  name: {entry.alias}"
    return f"  className: {entry.class_name}\n  codeDirectory: ."
