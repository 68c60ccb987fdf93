"""Traces: the same bytes for the same seed, and read back as they were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.simulate import Options, Protocol, simulate
from nni_hpo_ext.trace import read_trace, trace_lines


def text(jobs: int = 1, seed: int = 0, **options: Any) -> str:
    tuners = ("RANDOM", "nni.algorithms.hpo.tpe_tuner.TpeTuner", "toys.Counting")
    chosen = Options(
        **{
            "benchmark": "toys.Noisy",
            "tuners": tuners,
            "protocol": Protocol(repeats=2, max_trials=25),
            "workers": 2,
            "seed": seed,
            "jobs": jobs,
            **options,
        }
    )
    return "".join(line for run in simulate(chosen) for line in trace_lines(run))


def test_the_seed_decides_every_byte_and_the_number_of_processes_none() -> None:
    trace = text()
    assert trace == text()
    assert trace == text(jobs=2)
    assert trace != text(seed=1)


def test_repeats_have_the_seeds_that_follow() -> None:
    params = [
        [t.params for t in run.trials]
        for seed in (3, 4)
        for run in simulate(Options("branin", protocol=Protocol(2, max_trials=3), seed=seed))
    ]
    assert params[1] == params[2]
    assert params[0] != params[1]


def test_a_trace_is_read_back(tmp_path: Path) -> None:
    options = Options(
        "branin",
        ("RANDOM",),
        Protocol(repeats=2, max_seconds=2000.0),
        assessor="median",
        goal=1.0,
    )
    runs = list(simulate(options))
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(line for run in runs for line in trace_lines(run)))
    assert read_trace(path) == runs


def test_a_value_that_is_not_finite_is_null(tmp_path: Path) -> None:
    (run,) = simulate(
        Options("toys.Diverging", ("toys.Counting",), Protocol(max_trials=2), suggest_cost=0.0)
    )
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(trace_lines(run)))
    assert '"values": [null, 0.5], "final": null' in path.read_text()
    assert [t.status for t in read_trace(path)[0].trials] == ["failed", "failed"]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    (run,) = simulate(Options("branin", protocol=Protocol(max_trials=2)))
    return list(trace_lines(run))


def changed(line: str, **fields: Any) -> str:
    return json.dumps({**json.loads(line), **fields}) + "\n"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda ls: [], "has no runs"),
        (lambda ls: [*ls[:2], "{", *ls[3:]], "line 3: not valid JSON"),
        (lambda ls: [*ls[:2], "[1]\n", *ls[3:]], r"line 3: \[1\] is not an object"),
        (lambda ls: ls[1:], "line 1: expected a run, got event 'trial'"),
        (lambda ls: [ls[0], *ls], "line 2: expected a trial or an end, got event 'run'"),
        (lambda ls: [ls[0], '{"event": 1}\n'], "line 2: expected .* got event 1"),
        (lambda ls: ls[:-1], "ends within repeat 0 of RANDOM"),
        (lambda ls: [ls[0], *ls[2:]], "line 3: expected 2 trials, got 1"),
        (lambda ls: [changed(ls[0], format=3), *ls[1:]], "line 1: format must be .* got 3"),
        (
            lambda ls: [changed(ls[0], direction="up"), *ls[1:]],
            "direction must be one of max",
        ),
        (
            lambda ls: [changed(ls[0], optimum=None), *ls[1:]],
            "optimum must be .* got None",
        ),
        (lambda ls: [changed(ls[0], sync=1), *ls[1:]], "sync must be true or false, got 1"),
        (
            lambda ls: [changed(ls[0], arguments=[]), *ls[1:]],
            r"arguments must be .* got \[\]",
        ),
        (lambda ls: [ls[0], changed(ls[1], repeat=4), *ls[2:]], "does not belong to repeat 0"),
        (lambda ls: [ls[0], changed(ls[1], start="1"), *ls[2:]], "start must be .* got '1'"),
        (
            lambda ls: [ls[0], changed(ls[1], number=True), *ls[2:]],
            "number must be .* got True",
        ),
        (lambda ls: [ls[0], changed(ls[1], epochs=3), *ls[2:]], "epochs must be a list, got 3"),
        (lambda ls: [ls[0], changed(ls[1], arm=3), *ls[2:]], "arm must be a string, got 3"),
        (lambda ls: [ls[0], ls[1].replace('"worker"', '"walker"')], "line 2: key 'worker' is miss"),
    ],
)
def test_malformed_lines_are_named(
    lines: list[str], tmp_path: Path, change: Any, problem: str
) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(change(lines)))
    with pytest.raises(DataError, match=problem) as info:
        read_trace(path)
    assert str(info.value).startswith(str(path))


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "trace.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        read_trace(path)
