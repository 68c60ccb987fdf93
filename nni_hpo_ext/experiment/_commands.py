"""What the keys of the live view do."""

from __future__ import annotations

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.study import End, RestStore, Study

__all__ = ["Commands"]

_ENTER, _ESCAPE, _DELETE = ("\n", "\r"), "\x1b", ("\x7f", "\b")


class Commands:
    """A dialogue of single keys: stop a trial, stop the experiment, leave the view.

    Attributes
    ----------
    line : str
        The line to show: a question, what was done, or the keys.
    is_over : bool
        Whether the user wants to leave the view.
    """

    def __init__(self) -> None:
        self.line = ""
        self.is_over = False
        self._number = ""
        self._asks = ""

    def press(self, key: str, study: Study, store: RestStore | None) -> None:
        """Act on a key.

        Parameters
        ----------
        key
            The key.
        study
            The experiment as last seen.
        store
            Its manager, None if it has none.
        """
        asked, self._asks = self._asks, ""
        if asked == "trial":
            self._choose(key, study, store)
        elif asked == "experiment":
            self._confirm(key, store)
        elif key == "q":
            self.is_over = True
        elif key in ("s", "x") and store is None:
            self.line = "no manager answers: nothing can be stopped from here"
        elif key == "s":
            self._number = ""
            self._ask_trial()
        elif key == "x":
            self._asks, self.line = "experiment", "stop the experiment with all its trials? y/n"
        else:
            self.line = "s stop a trial   x stop the experiment   q leave, the experiment goes on"

    def _ask_trial(self) -> None:
        self._asks = "trial"
        self.line = f"stop which trial? {self._number}_   Enter stops it, Esc does not"

    def _choose(self, key: str, study: Study, store: RestStore | None) -> None:
        if key in _ENTER:
            self.line = self._stop_trial(study, store)
        elif key == _ESCAPE:
            self.line = "nothing stopped"
        else:
            if key in _DELETE:
                self._number = self._number[:-1]
            elif key.isdecimal():
                self._number += key
            self._ask_trial()

    def _stop_trial(self, study: Study, store: RestStore | None) -> str:
        running = {str(trial.number): trial.job_id for trial in study.of(End.RUNNING)}
        if self._number not in running:
            return f"trial {self._number or '?'} is not running"
        return self._try(store, f"stopping trial {self._number}", running[self._number])

    def _confirm(self, key: str, store: RestStore | None) -> None:
        self.line = self._try(store, "stopping the experiment") if key == "y" else "nothing stopped"

    @staticmethod
    def _try(store: RestStore | None, doing: str, job_id: str | None = None) -> str:
        if store is None:
            return "no manager answers"
        try:
            if job_id is None:
                store.stop()
            else:
                store.cancel(job_id)
        except ExperimentError as error:
            return f"{doing} failed: {error}"
        return f"{doing} ..."
