"""Run the cases of a suite in a subprocess, which may hang or crash."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

__all__ = ["CaseOutcome", "SuiteReport", "run_suite"]

# Longer than NNI waits for a tuner, as the first import may come from a cold disk.
_START_SECONDS = 60.0
# After this many cases without an answer the others are not run.
_MOST_HANGS = 3


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """Result of one case.

    Attributes
    ----------
    group, name
        Group and name of the case.
    state
        ``passed``, ``failed``, ``skipped``, ``hung`` (no answer in time), ``died`` (the process
        ended) or ``not run`` (too many cases hung before).
    said
        Reason why it did not pass, in one line.
    """

    group: str
    name: str
    state: str
    said: str = ""

    @property
    def bad(self) -> bool:
        """Whether the algorithm does not conform."""
        return self.state not in ("passed", "skipped")


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """Results of a suite.

    Attributes
    ----------
    class_name, kind
        Import path of the algorithm, and ``tuner`` or ``assessor``; ``kind`` is empty if the class
        cannot be imported.
    fault
        Reason why no case could run, otherwise empty.
    outcomes
        One for each case.
    """

    class_name: str
    kind: str = ""
    fault: str = ""
    outcomes: list[CaseOutcome] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """Whether the algorithm does not conform."""
        return bool(self.fault) or any(o.bad for o in self.outcomes)


def run_suite(
    class_name: str,
    arguments: Mapping[str, Any],
    seconds: float,
    on_outcome: Callable[[CaseOutcome], None] = lambda outcome: None,
) -> SuiteReport:
    """Run the conformance suite of a tuner or an assessor.

    Parameters
    ----------
    class_name
        Import path of the class; the working directory is searched, too.
    arguments
        Class arguments.
    seconds
        Time limit for each case. A case that exceeds it counts as hung: its process is killed, and
        the next case runs in a new one.
    on_outcome
        Called with each result.

    Examples
    --------
    >>> from nni_hpo_ext.testing.runner import run_suite
    >>> report = run_suite("my_package.MyTuner", {}, seconds=60.0)  # doctest: +SKIP
    >>> report.bad  # doctest: +SKIP
    False
    """
    request: dict[str, Any] = {"class": class_name, "arguments": dict(arguments), "first": 0}
    with _Child(request) as child:
        hello = child.read(_START_SECONDS)
        if hello is None or "fault" in hello:
            said = f"no answer in {_START_SECONDS:g} s" if child.lives else child.last_words()
            return SuiteReport(class_name, fault=said if hello is None else hello["fault"])
        report = SuiteReport(class_name, hello["kind"])
        cases: list[list[str]] = hello["cases"]
        _collect(child, report, cases, seconds, on_outcome)
    hung = 0
    while len(report.outcomes) < len(cases):
        hung += report.outcomes[-1].state == "hung"
        if hung >= _MOST_HANGS:
            left = cases[len(report.outcomes) :]
            said = f"{hung} earlier cases hung"
            report.outcomes.extend(CaseOutcome(g, n, "not run", said) for g, n in left)
            break
        with _Child({**request, "first": len(report.outcomes)}) as child:
            child.read(_START_SECONDS)
            _collect(child, report, cases, seconds, on_outcome)
    return report


def _collect(
    child: _Child,
    report: SuiteReport,
    cases: list[list[str]],
    seconds: float,
    on_outcome: Callable[[CaseOutcome], None],
) -> None:
    """Add results, until the end or the first case without an answer."""
    for group, name in cases[len(report.outcomes) :]:
        answer = child.read(seconds)
        if answer is not None:
            outcome = CaseOutcome(group, name, answer["state"], answer["said"])
        elif child.lives:
            outcome = CaseOutcome(group, name, "hung", f"no answer in {seconds:g} s")
        else:
            outcome = CaseOutcome(group, name, "died", child.last_words())
        report.outcomes.append(outcome)
        on_outcome(outcome)
        if answer is None:
            return


class _Child:
    """The process that runs the cases, with a pipe for its results."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request

    def __enter__(self) -> _Child:
        self._scratch = tempfile.TemporaryDirectory(prefix="nni-hpo-conformance-")
        self._log = Path(self._scratch.name, "stderr")
        reader, writer = os.pipe()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nni_hpo_ext.testing.runner_main", str(writer)],
                cwd=self._scratch.name,
                env=_environment(self._scratch.name),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(writer,),
                start_new_session=True,  # so that its children can be ended with it
            )
        os.close(writer)
        self._lines: IO[bytes] = os.fdopen(reader, "rb", buffering=0)
        self._pending = b""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died at once, which read() finds out
            self._process.stdin.write(json.dumps(self._request).encode())
            self._process.stdin.close()
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._lines.close()
        self._scratch.cleanup()

    def read(self, seconds: float) -> dict[str, Any] | None:
        """Return the next message; None if the time is up or the process has ended."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._lines, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                received = self._lines.read(65536)
                if not received:
                    self._process.wait()
                    return None
                self._pending += received
        line, _, self._pending = self._pending.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    @property
    def lives(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return the exit code and the last output line of a process that has ended."""
        written = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f": {written[-1][:200]}" if written else ""
        return f"the process ended with exit code {self._process.returncode}{last}"


def _environment(scratch: str) -> dict[str, str]:
    """Return the environment that NNI gives to a tuner, with the import path of this process."""
    path = [os.getcwd(), *(p for p in sys.path if p)]  # the child has another working directory
    return {
        **os.environ,
        "NNI_CHECKPOINT_DIRECTORY": scratch,
        "NNI_LOG_DIRECTORY": scratch,
        "PYTHONPATH": os.pathsep.join(path),
    }
