"""Observe an experiment of another process: its trials, and whether it is over."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.experiment._verdict import Observation, Watch
from nni_hpo_ext.study import ManagerStatus, RestStore, Study, known_url, load_studies, tuner_error

__all__ = ["Look", "Observer"]

# A busy manager may miss a request; after this many in a row it is considered gone.
_MISSES = 3


@dataclass(frozen=True, slots=True)
class Look:
    """State of an experiment at one moment.

    Attributes
    ----------
    study
        The experiment so far.
    status
        The manager's status, empty if no manager answers.
    elapsed
        Seconds since its start, until its end if it is over, without pauses.
    end
        Why it is over, empty while it runs.
    """

    study: Study
    status: str
    elapsed: float
    end: str = ""


class Observer:
    """Observes an experiment repeatedly.

    Parameters
    ----------
    source
        Id, directory, address of the WebUI, or URL of a study of `nni-hpo serve`.

    Attributes
    ----------
    store : RestStore or None
        The manager at the last look, None if there was none.

    Examples
    --------
    >>> look = Observer("http://localhost:8080").look()  # doctest: +SKIP
    >>> look.status, len(look.study.trials)  # doctest: +SKIP
    ('RUNNING', 12)
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._watch = Watch()
        self._misses = 0
        self._answered = False
        self.store: RestStore | None = None

    def look(self) -> Look:
        """Return the current state of the experiment.

        Raises
        ------
        ExperimentError
            If the experiment does not exist or cannot be read.
        DataError
            If the source is a trace.
        """
        study = load_studies(self._source)[0]
        if study.simulated:
            raise DataError(
                f"{self._source} is a trace, not a running experiment; give an experiment"
            )
        if study.served:  # its workers may come and go, so only its last trial ends it
            end = "finished" if study.ended else ""
            elapsed = study.seconds if end else time.time() - study.began
            return Look(study, "done" if end else "open", elapsed, end)
        status = self._status(study)
        end = self._gone(study) if status is None else self._end(study, status)
        running = time.time() - study.began - study.journal.paused
        elapsed = study.seconds if end or status is None else running
        return Look(study, "" if status is None else status.status, elapsed, end)

    def _status(self, study: Study) -> ManagerStatus | None:
        url = self._source if "://" in self._source else known_url(study.id)
        self.store = None
        try:
            store = RestStore(url) if url else None
        except ExperimentError:
            return None
        # Another experiment may use the port by now.
        self.store = store if store is not None and store.id == study.id else None
        return None if self.store is None else self.store.status()

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
