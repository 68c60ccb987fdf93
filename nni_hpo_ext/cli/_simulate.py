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
            help="Benchmark (branin, data2, ...) or class; an unknown name lists all.",
        ),
    ],
    trials: Annotated[
        int,
        typer.Argument(
            min=1,
            metavar="TRIALS",
            help="Without -e, the trials of each optimisation. With -e, the number of "
            "optimisations or, with --repeats, the maximum trials of each.",
        ),
    ],
    mode: Annotated[str, typer.Option("-m", "--mode", help="RANDOM, GP, RF, TPE, DIV, ...")] = "",
    spec: Annotated[str, typer.Option("-s", "--spec", help="Spec of the mode: EI, SEQ, ...")] = "",
    exit_at: Annotated[
        str | None,
        typer.Option(
            "-e", "--exit-at", metavar="TIME|GOAL", help="End at the time limit, or at the goal."
        ),
    ] = None,
    goal: Annotated[
        float | None,
        typer.Option("-eg", "--goal", metavar="GOAL", help="Goal; default: the benchmark's."),
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
        str, typer.Option(metavar="CLASS", help="Any NNI tuner: package.module.Class or its name.")
    ] = "",
    compare: Annotated[
        str,
        typer.Option(metavar="A,B,...", help="Tuners to compare: MODE, MODE:SPEC, name or class."),
    ] = "",
    assessor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Early stopping: median, compound or a class."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Parallel trials; default 1, or 6 with -m BATCH.")
    ] = None,
    sync: Annotated[bool, typer.Option("--sync", help="Workers wait for each other.")] = False,
    candidates: Annotated[
        bool,
        typer.Option(help="Pass the configurations of a table to tuners, as published."),
    ] = True,
    suggest_cost: Annotated[
        float, typer.Option(metavar="SECONDS", help="Virtual time per suggestion.")
    ] = 1.0,
    repeats: Annotated[
        int | None, typer.Option(min=1, help="Number of optimisations; see TRIALS.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Repeat r uses seed + r.")] = 0,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Benchmark data; default: $NNI_HPO_BENCHMARKS."),
    ] = None,
    worker_url: Annotated[
        str | None,
        typer.Option(
            "-w",
            "--worker-url",
            metavar="URL",
            help="Use the tuner and the assessor of this nni-hpo serve; token: $NNI_HPO_TOKEN.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; results do not change.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write a trace (JSONL).")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Plot regret over time (HTML)."),
    ] = None,
    level: Annotated[
        str, typer.Option("-l", "--level", help="Log level: debug, info, warning, error.")
    ] = "error",
) -> None:
    """Simulate tuners on benchmarks, on a virtual clock.

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
        worker_url=worker_url,
    )
    run(options, Output(trace=out, plot=plot, level=level))
