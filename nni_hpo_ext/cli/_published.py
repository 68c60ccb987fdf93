"""Translate published command lines of DEEP-BO's `hpo_runner.py` into our options."""

from __future__ import annotations

import re
from typing import Any

import typer.core

from nni_hpo_ext.errors import ConfigError

__all__ = ["PublishedCommand", "translated"]

# Long names from the help of hpo_runner.py, and names of the same options in later versions.
_SAME = {
    "--exp_crt": "-e",
    "--exp_goal": "-eg",
    "--exp_time": "-et",
    "--run_conf": "-rc",
    "--rconf_dir": "-rc",
    "-rd": "-rc",
    "--log_level": "-l",
    "--worker_url": "-w",
}
_SPACE = "the benchmark defines the search space; for another one, pass a class as BENCHMARK"
_RERUN = "use --repeats N, and --seed N to continue with other seeds"
_STATE = "use --out FILE: the trace contains every suggestion and result"
_PENALTY = "remove it: suggestions do not depend on time; their own cost is --suggest-cost SECONDS"
_STOPPING = "use --assessor NAME: median, compound or a class"
_ALTERNATIVES = {
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
    "-etr": _STOPPING,
    "--early_term_rule": _STOPPING,
}
_SHORT_WITH_VALUE = re.compile(r"-[a-z]+=.*", re.DOTALL)


class PublishedCommand(typer.core.TyperCommand):
    """A command that also accepts the options of the published program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        return super().parse_args(ctx, translated(args))


def translated(args: list[str]) -> list[str]:
    """Return the arguments with our option names.

    Raises
    ------
    ConfigError
        If an option has no counterpart; the message says what to use instead.
    """
    return [word for arg in args for word in _words(arg)]


def _words(arg: str) -> list[str]:
    name, equals, value = arg.partition("=")
    if name in _ALTERNATIVES:
        raise ConfigError(f"{name} is not an option here: {_ALTERNATIVES[name]}")
    if name in _SAME or _SHORT_WITH_VALUE.fullmatch(arg):
        return [_SAME.get(name, name), *([value] if equals else [])]
    return [arg]
