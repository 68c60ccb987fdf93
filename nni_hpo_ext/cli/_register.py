"""The command `nni-hpo register`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(
    remove: Annotated[bool, typer.Option("--remove", help="Unregister them.")] = False,
) -> None:
    """Register the tuners and assessors of this package in NNI under short names."""
    from nni_hpo_ext import registry

    changed = registry.unregister() if remove else registry.register()
    for entry in registry.ALGORITHMS:
        state = "removed" if remove else "registered"
        state = state if entry in changed else "nothing to do"
        typer.echo(f"{entry.kind} {entry.name} ({entry.class_name}): {state}")
