"""Replays keep the order and the overlap that trials had."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.stopping import ConsensusRule, Decision, Monitor, RecordedTrial, replay


class Script:
    """Stops the named trials at the named steps, and writes down what it is told."""

    def __init__(self, **stops: int) -> None:
        self._stops = stops
        self._steps: dict[str, int] = {}
        self.events: list[str] = []

    def report(self, trial: str, values: Sequence[float]) -> Decision:
        self._steps[trial] = self._steps.get(trial, 0) + len(values)
        self.events.append(f"{trial}{self._steps[trial]}")
        return Decision(self._steps[trial] == self._stops.get(trial))

    def end(self, trial: str, success: bool) -> None:
        self.events.append(f"{trial}{'+' if success else '-'}")


def trial(name: str, steps: int, start: float = 0.0, *, success: bool = True) -> RecordedTrial:
    offsets = tuple(10.0 * (i + 1) for i in range(steps))
    return RecordedTrial(name, (0.5,) * steps, offsets, 10.0 * steps + 5, start, success)


def test_recorded_starts_are_kept() -> None:
    script = Script()
    replay([trial("a", 2), trial("b", 2, start=7.0, success=False)], script)
    assert script.events == ["a1", "b1", "a2", "a+", "b2", "b-"]


def test_a_free_worker_takes_the_next_trial_at_once() -> None:
    script = Script(a=1)
    done = replay([trial("a", 3), trial("b", 3), trial("c", 1)], script, workers=2)
    # Stopping a after 10 s lets c run from then to 25 s.
    assert script.events == ["a1", "a-", "b1", "b2", "c1", "c+", "b3", "b+"]
    assert [(r.steps, r.stopped, r.seconds) for r in done] == [
        (1, True, 10.0), (3, False, 35.0), (1, False, 15.0)
    ]  # fmt: skip


def test_all_trials_are_replayed_whatever_the_number_of_workers() -> None:
    trials = [trial(str(i), 1 + i % 3) for i in range(7)]
    for workers in (None, 1, 2, 7, 50):
        done = replay(trials, Script(), workers)
        assert [r.trial.name for r in done] == [t.name for t in trials]


def test_a_trial_without_reports_ends() -> None:
    assert replay([trial("a", 0)], Monitor(ConsensusRule()))[0].steps == 0
