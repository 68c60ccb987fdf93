"""`nni-hpo simulate`, as a user types it."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nni_hpo_ext.cli import app
from nni_hpo_ext.cli._published import translated
from nni_hpo_ext.errors import ConfigError, ExperimentError, HpoExtError
from nni_hpo_ext.simulate import Protocol, protocol
from nni_hpo_ext.trace import read_trace


def simulate(*args: object) -> Result:
    return CliRunner().invoke(app, ["simulate", *map(str, args)])


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((50,), Protocol(1, 50)),
        ((50, 3), Protocol(3, 50)),
        ((50, None, None, "1h"), Protocol(1, 50, 3600.0)),
        ((10, None, "GOAL"), Protocol(10, 1000, stop_at_goal=True)),
        ((10, None, "goal", "12h"), Protocol(10, None, 43200.0, True)),
        ((10, None, "TIME", "36000"), Protocol(10, None, 36000.0)),
        ((50, 10, "TIME", "1.5d"), Protocol(10, 50, 129600.0)),
        ((50, 10, "GOAL"), Protocol(10, 50, stop_at_goal=True)),
    ],
)
def test_what_the_number_means(arguments: tuple[object, ...], expected: Protocol) -> None:
    assert protocol(*arguments) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((10, None, "TIME"), "-e TIME requires a time limit"),
        ((10, None, "NEVER", "1h"), "-e must be .* got 'NEVER'"),
        ((0,), "TRIALS must be .* got 0"),
        ((10, 0), "--repeats must be .* got 0"),
        *(
            ((10, None, None, t), "number of seconds, or like 30m")
            for t in ("", "0", "-5", "1w", "h", "1 2")
        ),
    ],
)
def test_a_number_that_means_nothing(arguments: tuple[object, ...], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        protocol(*arguments)  # type: ignore[arg-type]


def test_one_tuner(tmp_path: Path) -> None:
    out = tmp_path / "trace.jsonl"
    done = simulate("branin", 30, "-m", "RANDOM", "--repeats", 3, "-eg", 5, "--out", out)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        "branin: 3 optimisations, until 30 trials; 1 worker, seeds 0 to 2\n"
    )
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert "Trials 90" in lines
    for name in ("Success", "Mean time to goal", "Median time to goal", "Normalised regret"):
        assert any(line.startswith(name) for line in lines), name
    assert max(map(len, done.output.splitlines())) <= 80
    runs = read_trace(out)
    assert [(r.header.repeat, len(r.trials), r.ending) for r in runs] == [
        (i, 30, "trials") for i in range(3)
    ]


def test_what_no_tuner_was_told_of_the_best_configuration_is_shown(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    result = simulate("toys.Tested", 4, "--tuner", "toys.Counting", "--out", trace)
    # Of four configurations the third is best.
    assert "Test accuracy        0.2" in result.output
    assert read_trace(trace)[0].test_values == {"test_accuracy": 0.2}


def test_goal_as_the_end() -> None:
    done = simulate("toys.Table", 10, "--tuner", "toys.Counting", "-e", "GOAL", "-eg", 0.8)
    assert done.exit_code == 0, done.output
    assert "table: 10 optimisations, until 0.8 or 1000 trials" in done.output
    assert "Success              100 % (72 to 100); goal 0.8 reached by 10 of 10" in done.output
    assert "Mean time to goal    32 s" in done.output


def test_comparison(tmp_path: Path) -> None:
    out = tmp_path / "trace.jsonl"
    tuners = "RANDOM,nni.algorithms.hpo.random_tuner.RandomTuner,toys.Counting"
    done = simulate("toys.Table", 4, "--repeats", 6, "--compare", tuners, "--out", out)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 80
    rows = {line.split()[0]: line for line in done.output.splitlines() if line}
    assert set(rows) >= {"RANDOM", "nni.RandomTuner", "toys.Counting"}
    assert "not significant" in done.output
    assert len(read_trace(out)) == 18
    assert "normalised regret" in out.with_suffix(".html").read_text()


def test_a_tuner_by_its_name(tmp_path: Path) -> None:
    out = tmp_path / "trace.jsonl"
    done = simulate("toys.Table", 4, "--tuner", "Grid", "--out", out)
    assert done.exit_code == 0, done.output
    (run,) = read_trace(out)
    assert (run.header.tuner, run.header.tuner_class) == ("Grid", "nni_hpo_ext.tuners.GridTuner")


def test_class_arguments_from_a_file(tmp_path: Path) -> None:
    conf = tmp_path / "conf.yml"
    conf.write_text("tuner: {objectives: {default: minimize}}\nassessor: {start_step: 3}\n")
    out = tmp_path / "trace.jsonl"
    options = ("-m", "RANDOM", "-c", conf.with_suffix(""), "--assessor", "median", "--out", out)
    done = simulate("branin", 5, *options)
    assert done.exit_code == 0, done.output
    (run,) = read_trace(out)
    assert run.header.arguments["objectives"] == {"default": "minimize"}
    given = {"optimize_mode": "minimize", "rule": "median", "start_step": 3, "max_epochs": 20}
    assert run.header.assessor_arguments == given


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[]", "must be a mapping with the keys tuner and assessor"),
        ("tuners: {}", "unknown key 'tuners'"),
        ("tuner: 3", "tuner must be a mapping, got 3"),
        ("tuner: {", "syntax error"),
        ("", "is empty"),
        ("tuner: {}\ntuner: {}", "is already given on line 1"),
        (None, "no such file"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str | None, problem: str) -> None:
    conf = tmp_path / "conf.yml"
    if content is not None:
        conf.write_text(content)
    done = simulate("branin", 5, "-m", "RANDOM", "-c", conf)
    assert isinstance(done.exception, HpoExtError)
    assert problem in str(done.exception)
    assert "\n" not in str(done.exception)


@pytest.mark.parametrize(
    ("published", "ours"),
    [
        ("-m=GP -s=EI -e=GOAL -eg=0.99", "-m GP -s EI -e GOAL -eg 0.99"),
        ("-e=TIME -et=36000", "-e TIME -et 36000"),
        ("--mode=GP --exp_crt=GOAL --exp_goal 0.9", "--mode=GP -e GOAL -eg 0.9"),
        ("-c=a.yml -rc=conf/ -l=debug", "-c a.yml -rc conf/ -l debug"),
        ("-rd conf --out=x=y", "-rc conf --out=x=y"),
        ("--worker_url=http://x:1", "-w http://x:1"),
    ],
)
def test_the_published_spelling(published: str, ours: str) -> None:
    assert translated(published.split()) == ours.split()


@pytest.mark.parametrize(
    ("option", "instead"),
    [
        ("-hc=conf", "pass a class as BENCHMARK"),
        ("-r=5", "--seed N"),
        ("-p=True", "--out FILE"),
        ("-tp=x", "--suggest-cost SECONDS"),
    ],
)
def test_a_published_option_that_there_is_not_names_another(option: str, instead: str) -> None:
    done = simulate("branin", 5, "-m=RANDOM", option)
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith(f"{option.partition('=')[0]} is not an option here: ")
    assert instead in str(done.exception)


def test_a_published_command_line(tmp_path: Path) -> None:
    (tmp_path / "run.yml").write_text("tuner: {objectives: {default: minimize}}\n")
    options = ("-m=RANDOM", "-e=GOAL", "-eg=50", f"-rc={tmp_path}", "-c=run")
    done = simulate("branin", 2, *options, f"--out={tmp_path / 't.jsonl'}")
    assert done.exit_code == 0, done.output
    runs = read_trace(tmp_path / "t.jsonl")
    assert [run.header.goal for run in runs] == [50, 50]
    assert runs[0].header.arguments["objectives"] == {"default": "minimize"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("-m", "RANDOM", "-rc", "folder"), "-rc folder is the folder of a file"),
        (
            ("-m", "GP", "--tuner", "toys.Counting"),
            "--tuner and --compare exclude each other",
        ),
        (("--tuner", "TPE"), "or package.module.Class, got 'TPE'"),
        (("-m", "RANDOM", "-e", "GOAL"), "has no default goal"),
        (("-m", "RANDOM", "-l", "loud"), "-l must be one of"),
        (("-m", "RANDOM", "--out", "/no/such/folder/x"), "cannot write --out"),
    ],
)
def test_what_cannot_be_is_one_line(args: tuple[str, ...], problem: str) -> None:
    done = simulate("branin", 5, *args)
    assert isinstance(done.exception, HpoExtError)
    assert problem in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_process_that_dies_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(ThreadPoolExecutor):
        def __init__(self, n: int, *args: object, **kwargs: object) -> None:
            super().__init__(n)

        def submit(self, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
            future: Future[object] = Future()
            future.set_exception(BrokenProcessPool("terminated abruptly"))
            return future

    monkeypatch.setattr("nni_hpo_ext.simulate._run.ProcessPoolExecutor", Dying)
    done = simulate("branin", 1, "-m", "RANDOM", "--repeats", 2, "--jobs", 2)
    assert isinstance(done.exception, ExperimentError)
    assert "a process of the simulation died" in str(done.exception)


needs_data = pytest.mark.skipif(
    not os.environ.get("NNI_HPO_BENCHMARKS"),
    reason="needs the benchmark data: set NNI_HPO_BENCHMARKS to their folder",
)


@needs_data
def test_the_published_protocols() -> None:
    """Success is the goal within the time; a repeat ends at the goal or when the time is up."""
    goal = simulate("data2", 3, "-m", "RANDOM", "-e", "GOAL", "-eg", 0.99)
    assert "data2: 3 optimisations, until 0.99 or 1000 trials" in goal.output
    assert "goal 0.99 reached by 3 of 3" in goal.output
    time = simulate("data3", 3, "-m", "RANDOM", "-e", "TIME", "-et", 36000)
    assert "data3: 3 optimisations, until 10 h; 1 worker" in time.output
    assert "goal 0.9922 reached by" in time.output
    assert "3 running at the end" in time.output
