"""Read traces; see `nni_hpo_ext.trace._write` for the format."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import DATA_BYTES, require_size
from nni_hpo_ext.space import is_number
from nni_hpo_ext.trace._records import Ending, Header, Run, SimulatedTrial, Status
from nni_hpo_ext.trace._write import FORMAT
from nni_hpo_ext.types import Direction

__all__ = ["read_trace"]

# Converts a decoded value to a field; raises ValueError with the expected type.
_Reader = Callable[[Any], Any]


def read_trace(path: Path) -> list[Run]:
    """Read a trace.

    Non-finite intermediate values become NaN. Unknown keys are ignored.

    Raises
    ------
    DataError
        With the line number if a line is malformed, or if the file ends within a run.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.trace import trace_lines
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=2)))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "trace.jsonl")
    ...     _ = path.write_text("".join(trace_lines(run)))
    ...     (copy,) = read_trace(path)
    >>> copy.header.tuner, len(copy.trials)
    ('RANDOM', 2)
    """
    runs: list[Run] = []
    header: Header | None = None
    trials: list[SimulatedTrial] = []
    for where, content in _contents(path):
        event = content.get("event")
        if event == "run" and header is None:
            header, trials = _header(where, content), []
        elif event == "trial" and header is not None:
            _belongs(where, content, header)
            trials.append(SimulatedTrial(**_fields(where, content, _TRIAL)))
        elif event == "end" and header is not None:
            _belongs(where, content, header)
            runs.append(_run(where, content, header, trials))
            header = None
        else:
            expected = "a run" if header is None else "a trial or an end"
            raise DataError(f"{where}: expected {expected}, got event {event!r:.60}")
    if header is not None:
        raise DataError(f"{path} ends within repeat {header.repeat} of {header.tuner}")
    if not runs:
        raise DataError(f"{path} has no runs; give a trace written by nni-hpo simulate --out")
    return runs


def _contents(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        require_size(path, DATA_BYTES)
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                where = f"{path}, line {number}"
                yield where, _decode(where, line)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _decode(where: str, line: str) -> Mapping[str, Any]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(content, Mapping):
        raise DataError(f"{where}: {content!r:.60} is not an object")
    return content


def _header(where: str, content: Mapping[str, Any]) -> Header:
    if content.get("format") not in (1, FORMAT):
        raise DataError(
            f"{where}: format must be 1 or {FORMAT}, got {content.get('format')!r:.60}; "
            "run the simulation again"
        )
    if "surrogate" in content:  # its name in format 1
        content = {"benchmark": content["surrogate"], **content}
    return Header(**_fields(where, {"search_space": {}, **content}, _HEADER))


def _belongs(where: str, content: Mapping[str, Any], header: Header) -> None:
    if (content.get("tuner"), content.get("repeat")) != (header.tuner, header.repeat):
        raise DataError(
            f"{where}: the line does not belong to repeat {header.repeat} of {header.tuner}"
        )


def _run(
    where: str, content: Mapping[str, Any], header: Header, trials: list[SimulatedTrial]
) -> Run:
    fields = _fields(where, {"test_values": {}, **content}, _END)
    if fields["trials"] != len(trials):
        raise DataError(f"{where}: expected {fields['trials']} trials, got {len(trials)}")
    return Run(header, tuple(trials), fields["ending"], fields["seconds"], fields["test_values"])


def _fields(
    where: str, content: Mapping[str, Any], readers: Mapping[str, _Reader]
) -> dict[str, Any]:
    fields = {}
    for name, reader in readers.items():
        if name not in content:
            raise DataError(f"{where}: key {name!r} is missing")
        try:
            fields[name] = reader(content[name])
        except ValueError as error:
            raise DataError(
                f"{where}: {name} must be {error}, got {content[name]!r:.60}"
            ) from error
    return fields


# ---------------------------------------------------------------------- readers of one value


def _number(value: Any) -> float:
    if not is_number(value):
        raise ValueError("a finite number")
    return float(value)


def _number_or_nan(value: Any) -> float:
    return math.nan if value is None else _number(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("an integer >= 0")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("an object")
    return value


def _or_none(reader: _Reader) -> _Reader:
    return lambda value: None if value is None else reader(value)


def _each(reader: _Reader) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("a list")
        return tuple(map(reader, value))

    return read


def _one_of(allowed: tuple[str, ...]) -> _Reader:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return str(value)

    return read


_HEADER: Mapping[str, _Reader] = {
    "tuner": _text,
    "tuner_class": _text,
    "arguments": _mapping,
    "assessor": _or_none(_text),
    "assessor_arguments": _mapping,
    "repeat": _count,
    "seed": _count,
    "benchmark": _text,
    "direction": _one_of(get_args(Direction)),
    "optimum": _number,
    "typical": _number,
    "goal": _or_none(_number),
    "workers": _count,
    "sync": _flag,
    "suggest_cost": _number,
    "max_trials": _or_none(_count),
    "max_seconds": _or_none(_number),
    "stop_at_goal": _flag,
    "version": _text,
    "search_space": _mapping,
}
_TRIAL: Mapping[str, _Reader] = {
    "number": _count,
    "params": _mapping,
    "worker": _count,
    "start": _number,
    "end": _number,
    "epochs": _each(_count),
    "values": _each(_number_or_nan),
    "final": _or_none(_number),
    "true": _or_none(_number),
    "status": _one_of(get_args(Status)),
    "arm": _or_none(_text),
    "probability": _or_none(_number),
    "reason": _or_none(_text),
}
_END: Mapping[str, _Reader] = {
    "ending": _one_of(get_args(Ending)),
    "seconds": _number,
    "trials": _count,
    "test_values": _mapping,
}
