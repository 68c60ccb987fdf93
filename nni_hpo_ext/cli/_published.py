"""Command lines of DEEP-BO's `hpo_runner.py`, as its publication prints them, in our options."""

from __future__ import annotations

import re
from typing import Any

import typer.core

from nni_hpo_ext.errors import ConfigError

__all__ = ["PublishedCommand", "translated"]

# Long names in the help of hpo_runner.py, and names that later versions of it gave the same.
_SAME = {
    "--exp_crt": "-e",
    "--exp_goal": "-eg",
    "--exp_time": "-et",
    "--run_conf": "-rc",
    "--rconf_dir": "-rc",
    "-rd": "-rc",
    "--log_level": "-l",
}
_SPACE = "the search space is the benchmark's; for your own give a class as BENCHMARK"
_RERUN = "use --repeats N, and --seed N to go on with further seeds"
_STATE = "use --out FILE: the trace holds every suggestion and every result"
_PENALTY = (
    "leave it out: suggestions do not depend on the time; their own is --suggest-cost SECONDS"
)
_WORKER = "trainings are replayed on this machine; use --jobs N for N processes"
_STOPPING = "use --assessor NAME: median, compound or a class"
_INSTEAD = {
    "-hc": _SPACE,
    "-hd": _SPACE,
    "--hp_conf": _SPACE,
    "--hconf_dir": _SPACE,
    "-r": _RERUN,
    "--rerun": _RERUN,
    "-p": _STATE,
    "--pkl": _STATE,
    "--save_internal": _STATE,
    "-tp": _PENALTY,
    "--time_penalty": _PENALTY,
    "-w": _WORKER,
    "--worker_url": _WORKER,
    "-etr": _STOPPING,
    "--early_term_rule": _STOPPING,
}
_SHORT_WITH_VALUE = re.compile(r"-[a-z]+=.*", re.DOTALL)


class PublishedCommand(typer.core.TyperCommand):
    """A command that takes the options of the publication's program, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        return super().parse_args(ctx, translated(args))


def translated(args: list[str]) -> list[str]:
    """Return the same arguments in our spelling.

    Raises
    ------
    ConfigError
        If there is one that we do not have; the message says what to use instead.
    """
    return [word for arg in args for word in _words(arg)]


def _words(arg: str) -> list[str]:
    name, equals, value = arg.partition("=")
    if name in _INSTEAD:
        raise ConfigError(f"{name} is not an option here: {_INSTEAD[name]}")
    if name in _SAME or _SHORT_WITH_VALUE.fullmatch(arg):
        return [_SAME.get(name, name), *([value] if equals else [])]
    return [arg]
