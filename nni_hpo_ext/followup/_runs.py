"""Train configurations of an experiment again, each with several seeds."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.journal import Journal, read_events
from nni_hpo_ext.metrics import NO_RESULT, read_final
from nni_hpo_ext.render.text import last_line
from nni_hpo_ext.study import Study, TrialRecord
from nni_hpo_ext.trial_process import TrialProcess
from nni_hpo_ext.types import TrialStatus

__all__ = ["SEED_VARIABLE", "Rerun", "Trainer"]

SEED_VARIABLE = "NNI_HPO_SEED"
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Rerun:
    """One training of a configuration with a new seed.

    Attributes
    ----------
    trial
        Number of the trial with this configuration.
    seed
        The seed.
    values
        Its final results, empty if it failed.
    error
        Why it failed, empty if it did not.

    Examples
    --------
    >>> Rerun(trial=3, seed=1, values={"default": 0.9}).error
    ''
    """

    trial: int
    seed: int
    values: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


class Trainer:
    """Runs the trial command of an experiment, without NNI's manager.

    Parameters
    ----------
    study
        The experiment.
    seed_name
        Parameter that takes the seed; empty for none.
    path
        File of the finished trainings, which are not repeated.
    """

    def __init__(self, study: Study, seed_name: str, path: Path) -> None:
        self._study = study
        self._seed_name = seed_name
        self._command = study.trial_setting("trialCommand")
        self._journal = Journal(path, durable=True)
        self._ended = threading.Event()

    def train(
        self, wanted: Sequence[tuple[TrialRecord, int]], jobs: int, say: Callable[[Rerun], None]
    ) -> list[Rerun]:
        """Return all trainings that are wanted; ``say`` gets each new one."""
        known = {(run.trial, run.seed): run for run in self._known()}
        found = [known[t.number, seed] for t, seed in wanted if (t.number, seed) in known]
        missing = [(t, seed) for t, seed in wanted if (t.number, seed) not in known]
        with ThreadPoolExecutor(jobs) as pool:
            try:
                for run in pool.map(lambda pair: self._run(*pair), missing):
                    found.append(run)
                    say(run)
            except BaseException:
                self._ended.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return found

    def _known(self) -> Sequence[Rerun]:
        """Return the earlier trainings with a result; the others are tried again."""
        assert self._journal.path is not None
        events = read_events(self._journal.path)
        return [
            Rerun(e["trial"], e["seed"], e["values"])
            for e in events
            if e.get("event") == "run" and e.get("values") and e.get("by") == self._seed_name
        ]

    def _run(self, trial: TrialRecord, seed: int) -> Rerun:
        extra = {self._seed_name: seed} if self._seed_name else {}
        params = {**dict(trial.params or {}), **extra}
        with (
            tempfile.TemporaryDirectory(prefix="nni-hpo-retrain-") as scratch,
            TrialProcess(
                ["/bin/bash", "-c", self._command],
                params,
                Path(scratch),
                code_directory=self._study.trial_setting("trialCodeDirectory") or ".",
                experiment=self._study.id,
                job=f"retrain-{trial.number}-{seed}",
                number=trial.number,
                environment={SEED_VARIABLE: str(seed)},
            ) as process,
        ):
            run = self._followed(process, trial, seed)
        values, error = dict(run.values), run.error
        self._journal.write(
            "run", trial=trial.number, seed=seed, by=self._seed_name, values=values, error=error
        )
        return run

    def _followed(self, process: TrialProcess, trial: TrialRecord, seed: int) -> Rerun:
        """Wait for the end of a training, and return its last final result."""
        code = None
        while code is None:
            if self._ended.is_set():
                raise ExperimentError("interrupted")
            code = process.wait(_POLL_SECONDS)
        finals = [value for kind, value in process.new_reports() if kind == "FINAL"]
        if code:
            error = last_line(process.said()) or f"exit code {code}"
            return Rerun(trial.number, seed, error=error)
        if not finals:
            return Rerun(trial.number, seed, error=NO_RESULT)
        reading = read_final(finals[-1], self._study.objectives, True)
        if reading.status is not TrialStatus.COMPLETED:
            return Rerun(trial.number, seed, error=reading.problem)
        return Rerun(trial.number, seed, reading.numbers)
