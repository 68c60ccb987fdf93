"""Check the trial command: what it runs exists, and a stop signal reaches the trial."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.check._imports import missing_packages, script_packages
from nni_hpo_ext.errors import Finding
from nni_hpo_ext.trial_process import search_path

__all__ = ["check_command", "imported_packages"]

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?$")
_ASSIGNMENT = re.compile(r"\w+=")
_SEQUENCE = ("&&", ";")
_OPERATORS = set("|&;<>()")
_REDIRECTIONS = {">", ">>", "<", ">&", "<&", "&>", ">|"}
_OPTIONS_WITH_VALUE = ("-W", "-X")


def check_command(config: Mapping[str, Any], path: Path) -> list[Finding]:
    """Check ``trialCommand`` and ``trialCodeDirectory`` of the config at ``path``."""
    service = config.get("trainingService")
    service = service if isinstance(service, Mapping) else {}
    directory = _either("trialCodeDirectory", service, config) or "."
    resolved = path.parent / Path(str(directory)).expanduser()
    if not resolved.is_dir():
        problem = f"{str(directory)!r} is not a directory (looked for {resolved})"
        return [Finding("trialCodeDirectory", problem, "give a path relative to the config")]
    command = _either("trialCommand", service, config)
    if not isinstance(command, str) or service.get("platform") != "local":
        return []  # other services use another machine's shell and files
    try:
        words = _words(command)
    except ValueError as error:
        return [Finding("trialCommand", f"{command!r}: {error}", "close the quotes")]
    return _missing(words, resolved) or _unreachable(command, words)


def imported_packages(config: Mapping[str, Any], path: Path) -> list[str]:
    """Return the packages that the script in ``trialCommand`` imports.

    Empty if the command runs no script in ``trialCodeDirectory``.
    """
    service = config.get("trainingService")
    first: Mapping[str, Any] = service[0] if isinstance(service, list) else service or {}
    directory = path.parent / Path(str(_either("trialCodeDirectory", first, config) or "."))
    try:
        words = _simple(_words(str(_either("trialCommand", first, config) or "")))
    except ValueError:
        return []
    script = _script(words) if words else None
    return [] if script is None else script_packages(directory.expanduser() / script)


def _either(key: str, service: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    return service.get(key) or config.get(key)


def _words(command: str) -> list[str]:
    lexer = shlex.shlex(command.replace("\n", ";"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def _simple(words: list[str]) -> list[str]:
    """Drop assignments, ``exec`` and ``env`` from the front of a simple command."""
    while words and (_ASSIGNMENT.match(words[0]) or words[0] in ("exec", "env")):
        words = words[1:]
    return words


def _missing(words: list[str], directory: Path) -> list[Finding]:
    """Look for the program and script of the first command; it may create later ones."""
    end = next((i for i, w in enumerate(words) if set(w) <= _OPERATORS), len(words))
    command = _simple(words[:end])
    if not command or "$" in " ".join(command[:2]) or command[0] in ("cd", "source", "."):
        return []
    program = shutil.which(command[0], path=search_path())
    if "/" in command[0]:
        program = str(directory / command[0]) if (directory / command[0]).is_file() else None
    if not program:
        problem = f"{command[0]!r} does not exist"
        return [Finding("trialCommand", problem, "correct the command, or install the program")]
    script = _script(command)
    if script is None:
        return []
    file = directory / Path(script).expanduser()
    if not file.is_file():
        problem = f"{script!r} is not in trialCodeDirectory ({directory})"
        return [Finding("trialCommand", problem, "correct one of the two")]
    if any(word.startswith("PYTHONPATH=") for word in words):
        return []
    return [
        Finding(
            "trialCommand",
            f"{script} needs {package}, which {program} does not have",
            f"install {package} there, or correct the import",
        )
        for package in missing_packages(program, file)
    ]


def _script(command: list[str]) -> str | None:
    """Return the script that a Python interpreter runs, None without one."""
    if not _PYTHON.match(Path(command[0]).name):
        return None
    arguments = iter(command[1:])
    for argument in arguments:
        if argument in _OPTIONS_WITH_VALUE:
            next(arguments, None)
        elif argument in ("-m", "-c", "-"):
            return None
        elif not argument.startswith("-"):
            return argument
    return None


def _unreachable(command: str, words: list[str]) -> list[Finding]:
    """Find commands whose shell keeps running: NNI signals only the shell, not the trial.

    Bash replaces itself with the last command if that is a simple one. With a redirection, a
    pipe, or further commands, it waits for the command instead.
    """
    if _replaces_shell(_segments(words)):
        return []
    problem = f"{command!r} keeps a shell running, so NNI cannot stop the trial"
    remedy = "put exec before the last command and nothing after it: exec python3 trial.py"
    return [Finding("trialCommand", problem, remedy)]


def _segments(words: list[str]) -> list[list[str]]:
    """Split a sequence ``a && b; c`` into its commands; keep pipes and alternatives whole."""
    segments: list[list[str]] = [[]]
    for word in words:
        if word in _SEQUENCE:
            segments.append([])
        else:
            segments[-1].append(word)
    return [s for s in segments if s]


def _replaces_shell(segments: list[list[str]]) -> bool:
    """Whether bash has replaced itself by the time the trial runs."""
    last = segments[-1] if segments else []
    if any(_runs_python(s) for s in segments) and not _runs_python(last):
        return False  # the trial runs before the last command
    operators = {w for w in last if set(w) <= _OPERATORS}
    if "exec" in last:
        return operators <= _REDIRECTIONS
    return not operators and (len(segments) == 1 or _replaces_last())


def _runs_python(segment: list[str]) -> bool:
    return any(_PYTHON.match(Path(word).name) for word in segment)


def _replaces_last() -> bool:
    """Whether this machine's bash replaces itself with the last command of a sequence (>= 5.1)."""
    script = 'echo "${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"'
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=False)
    numbers = [int(n) for n in done.stdout.split()]
    return numbers >= [5, 1]
