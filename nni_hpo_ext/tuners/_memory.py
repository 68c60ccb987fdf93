"""State of a tuner, derived only from events.

While an experiment runs, each event is written to the journal and applied here. After a resume the
same events are applied from the journal, so that the tuner has the same state as before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nni_hpo_ext.metrics import objectives_from_report
from nni_hpo_ext.tuners._history import History, TrialKey
from nni_hpo_ext.types import Forecast, Forecasts, Objective, Params, Suggestion

__all__ = ["Memory", "plain_forecasts", "trial_key"]

Event = Mapping[str, Any]


def trial_key(event: Event) -> TrialKey:
    """Return the key of the trial that an event is about."""
    name = event["id"]
    return int(event.get("run", 0)), tuple(name) if isinstance(name, (list, tuple)) else name


def plain_forecasts(forecasts: Forecasts) -> dict[str, list[float]]:
    """Return forecasts as plain JSON values: mean and standard deviation by objective."""
    return {name: [f.mean, f.std] for name, f in forecasts.items()}


def _forecasts(plain: Mapping[str, Any]) -> Forecasts:
    return {str(n): Forecast(float(mean), float(std)) for n, (mean, std) in plain.items()}


class Memory:
    """State of a tuner after the events so far.

    Parameters
    ----------
    objectives
        The objectives of the class arguments, or provisional ones.
    declared
        Whether the class arguments declare them; if not, the first report may declare them.

    Attributes
    ----------
    history : History
        The trials.
    objectives : tuple of Objective
        The objectives, as declared or taken from the first report.
    declared : bool
        Whether the class arguments or a report declared them.
    run : int
        Number of times that the experiment was resumed.
    seed : int or None
        Seed of the first run, None if it is not known.
    asked : int
        Number of configurations requested.
    imported : int
        Number of imported trials.
    substituted : set of TrialKey
        Suggestions made by another component after one failed.
    has_started_from : bool
        Whether the configurations of ``start_from`` were read.
    to_try : list of Params
        Those to try first.
    space : Any
        The latest search space from NNI.
    state : Mapping
        The state of the algorithm after its last suggestion.
    """

    def __init__(self, objectives: Sequence[Objective], declared: bool) -> None:
        self.history = History()
        self.objectives = tuple(objectives)
        self.declared = declared
        self.run = 0
        self.seed: int | None = None
        self.asked = 0
        self.imported = 0
        self.substituted: set[TrialKey] = set()
        self.has_started_from = False
        self.to_try: list[Params] = []
        self.space: Any = None
        self.state: Mapping[str, Any] = {}
        self._starts: list[float] = []
        self._started: list[int] = []  # the runs that began at these times
        self._runs_of: dict[object, list[int]] = {}
        self._handlers: dict[str, Callable[[Event], None]] = {
            "start": self._start,
            "space": self._space,
            "start_from": self._start_from,
            "fallback": self._fallback,
            "suggest": self._suggest,
            "exhausted": self._exhausted,
            "result": self._result,
            "finish": self._finish,
            "end": self._end,
            "abandon": self._abandon,
        }

    def apply(self, event: Event) -> None:
        """Apply an event; unknown ones are ignored.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is malformed; then nothing changes.
        """
        handler = self._handlers.get(str(event.get("event")))
        if handler is not None:
            handler(event)

    def adopt(self, report: Any) -> bool:
        """Take the objectives from a report in the older form, if none are declared yet."""
        found = None if self.declared else objectives_from_report(report)
        if found is not None:
            self.objectives, self.declared = found, True
        return found is not None

    def suggestion(self, parameter_id: object, time: float) -> TrialKey | None:
        """Return the suggestion that an id refers to at a time, in seconds since the epoch.

        NNI restarts its ids at 0 after a resume, but skips the ids of trials that it reruns.
        """
        started = bisect_right(self._starts, time)
        run = self._started[started - 1] if started else 0
        runs = self._runs_of.get(parameter_id, [])
        before = bisect_right(runs, run)
        return (runs[before - 1], parameter_id) if before else None

    def began(self, time: float) -> float:
        """Return the start of the run at a time, in seconds since the epoch; 0 if unknown."""
        started = bisect_right(self._starts, time)
        return self._starts[started - 1] if started else 0.0

    # ---------------------------------------------------------------- one handler per event

    def _start(self, event: Event) -> None:
        run, seed, time = int(event["run"]), int(event["seed"]), float(event.get("time", 0.0))
        self.run = run
        self.seed = seed
        self._starts.append(time)
        self._started.append(run)

    def _space(self, event: Event) -> None:
        self.space = event["space"]

    def _start_from(self, event: Event) -> None:
        self.to_try = [dict(params) for params in event["to_try"]]
        self.has_started_from = True

    def _fallback(self, event: Event) -> None:
        self.substituted.add(trial_key(event))

    def _suggest(self, event: Event) -> None:
        key, step = trial_key(event), event.get("step")
        suggestion = Suggestion(
            params=dict(event["params"]),
            arm=str(event["arm"]),
            probability=float(event.get("probability", 1.0)),
            reason=str(event.get("reason", "")),
            step=None if step is None else int(step),
        )
        self._exhausted(event)
        self.history.suggested(key, suggestion)
        runs = self._runs_of.setdefault(key[1], [])
        if key[0] not in runs:
            runs.append(key[0])

    def _exhausted(self, event: Event) -> None:
        self.state = dict(event.get("state") or {})
        self.asked += 1

    def _result(self, event: Event) -> None:
        key = trial_key(event)
        report = event["report"] if "report" in event else event["values"]
        # Without parameters and suggestion the result cannot be assigned: a KeyError.
        params = self.history.params(key) if self.history.knows(key) else dict(event["params"])
        if isinstance(key[1], tuple) and key[1][0] == "imported":
            self.imported = max(self.imported, int(key[1][1]))
        self.adopt(report)
        self.history.reported(key, params, report, _forecasts(event.get("forecasts") or {}))

    def _finish(self, event: Event) -> None:
        self.history.finished(trial_key(event))

    def _end(self, event: Event) -> None:
        self.history.ended(trial_key(event))

    def _abandon(self, event: Event) -> None:
        self.history.abandoned(trial_key(event))
