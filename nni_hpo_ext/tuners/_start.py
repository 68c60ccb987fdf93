"""The class argument ``start_from``: configurations to try or to learn from first."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.database import decode_json
from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.metrics import objectives_from_report
from nni_hpo_ext.space import SearchSpace, overlap
from nni_hpo_ext.tuners._memory import Memory
from nni_hpo_ext.tuners._recorder import Recorder
from nni_hpo_ext.types import Params, TrialStatus

if TYPE_CHECKING:
    from nni_hpo_ext.study import TrialRecord

__all__ = ["Start", "StartFrom"]

_logger = logging.getLogger(__name__)

StartFrom = Sequence[Params] | str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A configuration of ``start_from``, with its final report if it has one."""

    params: Params
    has_report: bool = False
    report: Any = None


class Start:
    """Configurations to try first and results to learn from.

    Parameters
    ----------
    start_from
        The class argument.
    memory
        The state of the tuner.

    Raises
    ------
    ConfigError
        If the argument is invalid. Sources are not read yet.
    """

    def __init__(self, start_from: object, memory: Memory) -> None:
        self._start_from = _checked(start_from)
        self._memory = memory

    def check(self, space: SearchSpace) -> None:
        """Check whether something of it can be used in a search space.

        Raises
        ------
        ConfigError
            If a source cannot be read, or none of its results is usable.
        """
        if self._start_from is None:
            return
        earlier = _read(self._start_from)
        if not any(not e.has_report or self._is_learnable(e, space) for e in earlier):
            raise ConfigError(
                f"start_from: none of its {len(earlier)} results has values for all parameters "
                "of the search space and a value of an objective"
            )

    def read(self) -> list[Earlier]:
        """Read the configurations, once in the life of an experiment.

        Raises
        ------
        ConfigError
            If a source does not exist or cannot be read.
        """
        if self._start_from is None or self._memory.has_started_from:
            return []
        return _read(self._start_from)

    def learn(self, earlier: Sequence[Earlier], space: SearchSpace, recorder: Recorder) -> None:
        """Record the results that lie in the search space, and note what to try."""
        if not earlier:
            return
        results = [e for e in earlier if e.has_report]
        learnable = [e for e in results if self._is_learnable(e, space)]
        to_try = [dict(e.params) for e in earlier if not e.has_report]
        skipped = len(results) - len(learnable)
        run, learnt = self._memory.run, len(learnable)
        recorder.note("start_from", run=run, learnt=learnt, skipped=skipped, to_try=to_try)
        for result in learnable:
            recorder.learn(overlap(space, result.params), result.report)
        _logger.info(
            "start_from: learnt from %d results, %d configurations to try first",
            learnt,
            len(to_try),
        )
        if skipped:
            _logger.warning(
                "start_from: skipped %d results that lack a parameter of the search space, lie "
                "outside it or have no value of an objective",
                skipped,
            )

    def _is_learnable(self, earlier: Earlier, space: SearchSpace) -> bool:
        memory = self._memory
        found = None if memory.declared else objectives_from_report(earlier.report)
        objectives, declared = found or memory.objectives, memory.declared
        reading = memory.history.reading(earlier.report, objectives, declared)
        is_usable = earlier.has_report and reading.status is not TrialStatus.FAILED
        return is_usable and overlap(space, earlier.params) in space


def _checked(start_from: object) -> StartFrom | None:
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


def _read(start_from: StartFrom) -> list[Earlier]:
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
