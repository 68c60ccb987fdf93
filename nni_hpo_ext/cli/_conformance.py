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
            help="Tuners or assessors: a class (package.module.Class) or a registered name.",
        ),
    ],
    class_args: Annotated[
        str, typer.Option(metavar="JSON", help="Class arguments for all algorithms.")
    ] = "{}",
    timeout: Annotated[
        float, typer.Option(min=1.0, metavar="SECONDS", help="Time limit for each case.")
    ] = 60.0,
    format: Annotated[
        Literal["table", "md", "json"], typer.Option(help="Output format.")
    ] = "table",
) -> None:
    """Run the conformance suite on any NNI tuner or assessor.

    It tries odd values, imports, orders of calls and search spaces, in a subprocess that may hang
    or crash. The exit code is 1 if a case does not pass.
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
        raise ConfigError(f"--class-args {text!r:.80} is not valid JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ConfigError(f'--class-args must be an object {{"name": value}}, got {text!r:.80}')
    return arguments


def _named(algorithm: str) -> tuple[str, dict[str, Any]]:
    """Return the import path of an algorithm, and the class arguments implied by its name."""
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
            f"algorithm {algorithm!r} is not registered in NNI: use its class, package.module.Class"
        )
    return str(meta.class_name), meta.class_args or {}
