"""The command `nni-hpo conformance`."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import typer

from nni_hpo_ext.cli._console import console
from nni_hpo_ext.errors import ConfigError

__all__ = ["conformance"]


def conformance(
    algorithms: Annotated[
        list[str],
        typer.Argument(
            metavar="ALGORITHM...",
            help="Tuners or assessors: a class (package.module.Class), or a name that NNI knows.",
        ),
    ],
    class_args: Annotated[
        str, typer.Option(metavar="JSON", help="Class arguments, for all of them.")
    ] = "{}",
    timeout: Annotated[
        float, typer.Option(min=1.0, metavar="SECONDS", help="A case that takes longer hangs.")
    ] = 60.0,
    format: Annotated[
        Literal["table", "md", "json"], typer.Option(help="How results are written.")
    ] = "table",
) -> None:
    """Put any NNI tuner or assessor through the conformance suite.

    Odd values, imports, orders of calls and search spaces, each in a process that may hang or die.
    Exit code 1 if anything does not pass.
    """
    from nni_hpo_ext.testing.runner import run_suite
    from nni_hpo_ext.testing.show import markdown, show, to_json

    arguments = _arguments(class_args)
    out, err = console(), console(stderr=True)
    reports = []
    for name, preset in map(_named, algorithms):
        with err.status(name) as status:
            reports.append(
                run_suite(
                    name,
                    {**preset, **arguments},
                    timeout,
                    lambda o: status.update(f"{o.group}: {o.name}"),
                )
            )
        if format == "table":
            show(reports[-1], out)
    if format == "md":
        typer.echo(markdown(reports))
    elif format == "json":
        typer.echo(json.dumps(to_json(reports), indent=2))
    if any(report.bad for report in reports):
        raise typer.Exit(1)


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"--class-args {text!r:.80} is no JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ConfigError(f'--class-args {text!r:.80} is no object: write {{"name": value}}')
    return arguments


def _named(algorithm: str) -> tuple[str, dict[str, Any]]:
    """Return the import path of an algorithm named as in a config, and what the name implies."""
    if "." in algorithm:
        return algorithm, {}
    from nni.tools.package_utils import get_algo_meta

    from nni_hpo_ext import registry

    meta = get_algo_meta(algorithm)
    ours = [e.class_name for e in registry.ALGORITHMS if algorithm in (e.name, e.alias)]
    if ours:
        return ours[0], {}
    if meta is None:
        raise ConfigError(
            f"algorithm {algorithm!r} is not registered in NNI: give its class, "
            "package.module.Class"
        )
    return str(meta.class_name), meta.class_args or {}
