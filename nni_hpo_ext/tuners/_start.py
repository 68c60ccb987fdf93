"""The class argument ``start_from``: configurations to try or to learn from first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.database import decode_json
from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.types import Params

if TYPE_CHECKING:
    from nni_hpo_ext.study import TrialRecord

__all__ = ["Earlier", "StartFrom", "checked_start_from", "read_start"]

StartFrom = Sequence[Params] | str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A configuration of ``start_from``, with its final report if it has one."""

    params: Params
    has_report: bool = False
    report: Any = None


def checked_start_from(start_from: object) -> StartFrom | None:
    """Return the validated argument; sources are not read yet."""
    if start_from is None or (isinstance(start_from, str) and start_from):
        return start_from
    if not isinstance(start_from, Sequence) or isinstance(start_from, str) or not start_from:
        raise ConfigError(
            "start_from must be a non-empty list of configurations, or the id, directory or file "
            f"of an earlier experiment, got {start_from!r:.60}"
        )
    for i, entry in enumerate(start_from):
        _entry(f"start_from[{i}]", entry)
    return start_from


def read_start(start_from: StartFrom) -> list[Earlier]:
    """Read the configurations.

    Raises
    ------
    ConfigError
        If the source does not exist or cannot be read.
    """
    if not isinstance(start_from, str):
        return [_entry(f"start_from[{i}]", entry) for i, entry in enumerate(start_from)]
    path = Path(start_from).expanduser()
    try:
        if path.suffix == ".json" and path.is_file():
            return list(_from_json(path))
        return list(_from_studies(start_from))
    except (HpoExtError, OSError, ValueError) as error:
        # NNI starts a tuner in the log directory of its experiment.
        where = "" if path.is_absolute() or path.exists() else "; a path must be absolute"
        raise ConfigError(f"start_from: {error}{where}") from error


def _from_studies(source: str) -> Iterator[Earlier]:
    """Yield the trials of experiments or simulations that have a result."""
    # Imported late: NNI gives a tuner 10 seconds to connect.
    from nni_hpo_ext.study import load_studies

    for study in load_studies(source):
        for trial in study.trials:
            if trial.params is not None and trial.values:
                yield Earlier(trial.params, True, _report(trial))


def _report(trial: TrialRecord) -> dict[str, Any]:
    from nni_hpo_ext.study import End

    return {**trial.values, **({"partial": True} if trial.end is End.STOPPED else {})}


def _from_json(path: Path) -> Iterator[Earlier]:
    """Yield the entries of a list, or of a file that ``nni-hpo export`` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(content, Mapping):
        content = content.get("trials")
    if not isinstance(content, list):
        raise ConfigError(f"{path}: must hold a list of configurations or an export")
    for i, entry in enumerate(content):
        yield _entry(f"{path}, entry {i}", entry)


def _entry(where: str, entry: object) -> Earlier:
    """Read a configuration, or ``{"parameter": {...}, "value": report}`` as NNI exports it."""
    if not isinstance(entry, Mapping):
        raise ConfigError(
            f"{where} must be a configuration such as {{learning_rate: 0.1}}, got {entry!r:.60}"
        )
    if isinstance(entry.get("parameters"), Mapping) and isinstance(entry.get("values"), Mapping):
        partial = {"partial": True} if entry.get("end") == "stopped early" else {}
        return Earlier(entry["parameters"], True, {**entry["values"], **partial})
    if not isinstance(entry.get("parameter"), Mapping):
        return Earlier(entry)
    if "value" not in entry:
        return Earlier(entry["parameter"])
    return Earlier(entry["parameter"], True, decode_json(entry["value"]))
