"""The command `nni-hpo simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["simulate"]


def simulate(
    benchmark: Annotated[
        str,
        typer.Argument(
            metavar="BENCHMARK",
            help="Task: data2, branin, ...; an unknown name lists all. Or a class.",
        ),
    ],
    trials: Annotated[
        int,
        typer.Argument(
            min=1,
            metavar="TRIALS",
            help="Without -e, the trials of each optimisation. With -e, the number of "
            "optimisations, or, if --repeats gives that, the most trials of each.",
        ),
    ],
    mode: Annotated[str, typer.Option("-m", "--mode", help="RANDOM, GP, RF, TPE, DIV, ...")] = "",
    spec: Annotated[str, typer.Option("-s", "--spec", help="EI, SEQ, ...; goes with -m.")] = "",
    exit_at: Annotated[
        str | None,
        typer.Option(
            "-e", "--exit-at", metavar="TIME|GOAL", help="End when the time is up, or at the goal."
        ),
    ] = None,
    goal: Annotated[
        float | None,
        typer.Option("-eg", "--goal", metavar="GOAL", help="Goal; by default the task's own."),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option(
            "-et", "--time", metavar="TIME", help="Virtual time: seconds, or 30m, 12h, 1d."
        ),
    ] = None,
    conf: Annotated[
        Path | None,
        typer.Option("-c", "--conf", metavar="CONF", help="YAML: class arguments of both."),
    ] = None,
    conf_dir: Annotated[
        Path | None, typer.Option("-rc", "--conf-dir", metavar="FOLDER", help="Where CONF is.")
    ] = None,
    tuner: Annotated[
        str, typer.Option(metavar="CLASS", help="Any NNI tuner, package.module.Class.")
    ] = "",
    compare: Annotated[
        str,
        typer.Option(metavar="A,B,...", help="Several tuners: MODE, MODE:SPEC or a class each."),
    ] = "",
    assessor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Early stopping: median, compound or a class."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Parallel trials: 1; with -m BATCH 6.")
    ] = None,
    sync: Annotated[bool, typer.Option("--sync", help="Workers start together.")] = False,
    candidates: Annotated[
        bool,
        typer.Option(help="Tell tuners which configurations a table holds, as published."),
    ] = True,
    suggest_cost: Annotated[
        float, typer.Option(metavar="SECONDS", help="Virtual time of a suggestion.")
    ] = 1.0,
    repeats: Annotated[
        int | None, typer.Option(min=1, help="Number of optimisations; see TRIALS.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Repeat r has seed + r.")] = 0,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Benchmark data; default $NNI_HPO_BENCHMARKS."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; the result is the same.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write a trace (JSONL).")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Draw regret over time (HTML)."),
    ] = None,
    level: Annotated[
        str, typer.Option("-l", "--level", help="Log: debug, info, warning, error.")
    ] = "error",
) -> None:
    """Replay tuners on a table, a benchmark or a function, on a virtual clock.

    nni-hpo simulate data2 10 -m GP -s EI -e GOAL -eg 0.99

    nni-hpo simulate branin 50 --repeats 20 --compare RANDOM,nni.algorithms.hpo.tpe_tuner.TpeTuner
    """
    from nni_hpo_ext.simulate import Options, protocol
    from nni_hpo_ext.simulate.command import Output, entries, run
    from nni_hpo_ext.simulate.config import read_arguments

    arguments = read_arguments(conf, conf_dir)
    options = Options(
        benchmark=benchmark,
        tuners=entries(mode, spec, tuner, compare),
        protocol=protocol(trials, repeats, exit_at, limit),
        goal=goal,
        seed=seed,
        workers=workers,
        sync=sync,
        suggest_cost=suggest_cost,
        tuner_arguments=arguments["tuner"],
        assessor=assessor,
        assessor_arguments=arguments["assessor"],
        data_dir=data_dir,
        jobs=jobs,
        candidates=candidates,
    )
    run(options, Output(trace=out, plot=plot, level=level))
