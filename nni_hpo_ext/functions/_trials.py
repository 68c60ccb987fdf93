"""Run the trials of a study in processes."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from nni_hpo_ext.asktell import HostedStudy, Refusal
from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.function_process import FunctionProcess
from nni_hpo_ext.study import ServedTrial

__all__ = ["TrialLoop"]

_POLL_SECONDS = 0.2
_ENDED = (409, 410)  # no trial now, no more trials
_RESULTS = ("values", "stopped", "error")


class TrialLoop:
    """Trials of a study, each in a process; the processes are used again.

    Parameters
    ----------
    study
        The study.
    function
        The function to call, pickled.
    n_jobs
        Number of processes.
    environment
        Further environment variables of the processes.
    ended
        Called with each trial that has ended.
    max_failures
        Number of first trials that may fail with the same error; 0 for no limit.
    """

    def __init__(
        self,
        study: HostedStudy,
        function: bytes,
        n_jobs: int,
        environment: Mapping[str, str],
        ended: Callable[[ServedTrial], None],
        max_failures: int,
    ) -> None:
        self._study = study
        self._n_jobs = n_jobs
        self._make = partial(FunctionProcess, function, environment)
        self._ended = ended
        self._max_failures = max_failures
        self._errors: list[str] | None = []  # of the first trials; None after a success
        self._idle: list[FunctionProcess] = []
        self._running: dict[FunctionProcess, ServedTrial] = {}

    def run(self, asked_to_end: Callable[[], bool], deadline: float) -> None:
        """Run trials until the study has no more.

        Trials that still run when this is left are given back to the study.

        Parameters
        ----------
        asked_to_end
            Whether to end at once.
        deadline
            When to start no more trials, on the monotonic clock.

        Raises
        ------
        ExperimentError
            If the tuner fails, or all of the first trials do.
        """
        try:
            while not asked_to_end():
                self._fill(asked_to_end, deadline)
                if not self._running:
                    return
                for process in self._ready():
                    self._hear(process)
        finally:
            self._end_all()

    def _fill(self, asked_to_end: Callable[[], bool], deadline: float) -> None:
        """Start trials while there is a process for one."""
        while len(self._running) < self._n_jobs and time.monotonic() < deadline:
            trial = None if asked_to_end() else self._ask()
            if trial is None:
                return
            process = self._idle.pop() if self._idle else self._make()
            self._running[process] = trial
            process.start(trial.params)

    def _ask(self) -> ServedTrial | None:
        try:
            return self._study.ask()
        except Refusal as refusal:
            if refusal.status in _ENDED:
                return None
            raise ExperimentError(str(refusal)) from refusal

    def _ready(self) -> Iterator[FunctionProcess]:
        """Yield the processes that sent something or ended, after waiting for one."""
        with selectors.DefaultSelector() as selector:
            for process in self._running:
                selector.register(process, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select(_POLL_SECONDS)]
        for process in list(self._running):
            if process in ready or process.has_ended():
                yield process

    def _hear(self, process: FunctionProcess) -> None:
        """Handle what a process sent."""
        message = process.receive()
        if message is None:
            self._finish(process, {"error": process.ending()}, reusable=False)
        elif "broken" in message:
            raise ConfigError(
                f"the processes of the trials cannot load the function: {message['broken']}; "
                "define it in this file or notebook, or in a module that can be imported"
            )
        elif "report" in message:
            process.answer(*self._decision(self._running[process], message["report"]))
        else:
            self._finish(process, message, reusable=True)

    def _decision(self, trial: ServedTrial, value: Any) -> tuple[bool, str]:
        """Return whether to stop a trial after a report, and what is wrong with the report."""
        try:
            return self._study.report(trial.number, value)[1], ""
        except Refusal as refusal:
            return False, str(refusal)

    def _finish(
        self, process: FunctionProcess, message: Mapping[str, Any], *, reusable: bool
    ) -> None:
        trial = self._running.pop(process)
        if reusable:
            self._idle.append(process)
        else:
            process.kill()
        result = {key: message[key] for key in _RESULTS if key in message}
        try:
            self._study.tell(trial.number, result)
        except Refusal as refusal:
            result = {"error": str(refusal)[:2000]}
            self._study.tell(trial.number, result)
        self._ended(trial)
        self._judge(trial, result.get("error"), message.get("traceback", ""))

    def _judge(self, trial: ServedTrial, error: str | None, trace: str) -> None:
        """Keep the traceback of a failure, and raise an error if the first trials failed alike."""
        if error is None:
            self._errors = None
            return
        folder = self._study.directory / "tracebacks"
        if trace:
            folder.mkdir(exist_ok=True)
            (folder / f"trial-{trial.number}.txt").write_text(trace, encoding="utf-8")
        if self._errors is None:
            return
        self._errors.append(error)
        if len(self._errors) == self._max_failures and len(set(self._errors)) == 1:
            where = f"; the traceback is in {folder}" if trace else ""
            raise ExperimentError(f"the first {self._max_failures} trials failed: {error}{where}")

    def _end_all(self) -> None:
        running, self._running = self._running, {}
        for process in (*running, *self._idle):
            process.kill()
        self._idle = []
        for trial in running.values():
            self._study.give_back(trial.number)
