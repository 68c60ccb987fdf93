"""One look at an experiment that somebody else runs: its trials, and whether it is over."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.experiment._verdict import Observation, Watch
from nni_hpo_ext.study import ManagerStatus, RestStore, Study, known_url, load_studies, tuner_error

__all__ = ["Look", "Observer"]

# A manager that is busy may miss a look; one that misses so many in a row is gone.
_MISSES = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen.

    Attributes
    ----------
    study
        The experiment so far.
    status
        The manager's word for its state, empty if none answers.
    elapsed
        Seconds since its start, up to its end if it is over.
    end
        Why it is over, empty while it runs.
    """

    study: Study
    status: str
    elapsed: float
    end: str = ""


class Observer:
    """Looks at an experiment again and again.

    Parameters
    ----------
    source
        Id, directory, or address of the WebUI.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._watch = Watch()
        self._misses = 0
        self._answered = False

    def look(self) -> Look:
        """Return how the experiment is now.

        Raises
        ------
        ExperimentError
            If there is none, or it cannot be read.
        DataError
            If the source is a trace.
        """
        study = load_studies(self._source)[0]
        if study.simulated:
            raise DataError(f"{self._source} is a trace: nothing runs; give an experiment")
        status = self._status(study)
        end = self._gone(study) if status is None else self._end(study, status)
        elapsed = study.seconds if end or status is None else time.time() - study.began
        return Look(study, "" if status is None else status.status, elapsed, end)

    def _status(self, study: Study) -> ManagerStatus | None:
        url = self._source if "://" in self._source else known_url(study.id)
        try:
            store = RestStore(url) if url else None
        except ExperimentError:
            return None
        # Another experiment may have got the port since.
        return store.status() if store is not None and store.id == study.id else None

    def _gone(self, study: Study) -> str:
        self._misses += 1
        patience = _MISSES if self._answered else 1
        if self._misses < patience:
            return ""
        return "finished" if study.ended else "interrupted: its manager is gone"

    def _end(self, study: Study, status: ManagerStatus) -> str:
        self._misses, self._answered = 0, True
        outcome = self._watch.judge(
            Observation(
                time=time.monotonic(),
                exit_code=None,
                status=status,
                dispatcher=True,
                crashed=study.directory is not None and bool(tuner_error(study.directory)),
                active=sum(not t.end.over for t in study.trials),
            )
        )
        return "" if outcome is None else outcome.message
