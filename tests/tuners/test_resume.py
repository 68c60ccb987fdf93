"""After a resume a tuner goes on as if nothing had happened."""

from __future__ import annotations

import cProfile
import json
import logging
import pstats
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from experiment_files import FakeExperiment

from nni_hpo_ext import tuners
from nni_hpo_ext.journal import read_events
from nni_hpo_ext.tuners import RandomTuner

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "batch": {"_type": "choice", "_value": [16, 32, 64]},
    "optimizer": {
        "_type": "choice",
        "_value": [{"_name": "sgd", "momentum": {"_type": "uniform", "_value": [0, 1]}}, "adam"],
    },
}
NARROWED = {**SPACE, "batch": {"_type": "choice", "_value": [64, 128]}}
TWO = {"default": "maximize", "runtime": "minimize"}

TUNERS: dict[str, Callable[[], Any]] = {
    "random": lambda: tuners.RandomTuner(seed=3),
    "dragonfly, one objective": lambda: tuners.DragonflyTuner(acquisition="moors", seed=3),
    "dragonfly, two objectives": lambda: tuners.DragonflyTuner(objectives=TWO, seed=3),
    "dragonfly, older form": lambda: tuners.DragonflyTuner(seed=3),
    "GP": lambda: tuners.GPTuner(seed=3),
    "forest": lambda: tuners.ForestTuner(seed=3),
    "Hyperband": lambda: tuners.HyperbandTuner(4, eta=2, seed=3),
    "BOHB": lambda: tuners.BOHBTuner(4, eta=2, seed=3),
    "Parzen": lambda: tuners.ParzenTuner(seed=3, num_init_evals=3),
    **{
        f"diversified {spec}": lambda spec=spec: tuners.DiversifiedTuner(
            spec=spec, seed=3, num_init_evals=3, arms=["GP-NM-EI", "RF-PI", "TPE-TPE", "RANDOM"]
        )
        for spec in ("SEQ", "HEDGE", "BO-HEDGE", "EG", "SKO")
    },
    "diversified auto": lambda: tuners.DiversifiedTuner(seed=3),
    "diversified SYNC": lambda: tuners.DiversifiedTuner("BATCH", "SYNC", seed=3, num_init_evals=3),
}  # fmt: skip

_TRIALS = 14
_PENDING = 3
_NEW_SPACE_AT = 8


class Run:
    """An experiment: trials end some suggestions after they began, some badly.

    Parameters
    ----------
    make
        Makes the tuner.
    older
        Whether the first report declares the objectives.
    """

    def __init__(self, make: Callable[[], Any], older: bool) -> None:
        self.make, self.older = make, older
        self.tuner = make()
        self.space: Any = SPACE
        self.tuner.update_search_space(SPACE)
        self.params: list[Any] = []
        self.ids: dict[int, int | None] = {}  # the tuner's id, None for one of an earlier process
        self.next_id = 0

    def step(self, number: int) -> None:
        """Suggest a trial, and end the one that began a little earlier."""
        if number == _NEW_SPACE_AT:
            self.space = NARROWED
            self.tuner.update_search_space(NARROWED)
        self.params.append(self.tuner.generate_parameters(self.next_id))
        self.ids[number] = self.next_id
        self.next_id += 1
        if number % 4 == 1:  # fails at once
            self.tuner.trial_end(self.ids[number], False)
        done = number - _PENDING
        if done >= 0 and done % 4 != 1:
            self.report(done)

    def report(self, number: int) -> None:
        params, value = self.params[number], self.value(number)
        if self.ids[number] is None:  # NNI hands the result of a trial that it ran again like this
            self.tuner.import_data([{"parameter": json.loads(json.dumps(params)), "value": value}])
            return
        if number % 3 == 0:  # NNI's queues may bring the end before the result
            self.tuner.trial_end(self.ids[number], True)
        self.tuner.receive_trial_result(self.ids[number], params, value, trial_job_id=f"j{number}")
        self.tuner.trial_end(self.ids[number], True)

    def value(self, number: int) -> Any:
        lr, batch = self.params[number]["lr"], self.params[number]["batch"]
        if number % 7 == 2:
            return float("nan")
        value = {"default": -((np.log10(lr) + 2) ** 2), "runtime": batch / 64.0}
        return {**value, "maximize": ["default"]} if self.older else value

    def kill_and_resume(self) -> None:
        """Do as NNI does: it pairs parameters and results wrongly, and counts from 0 again."""
        done = [i for i in range(len(self.params) - _PENDING) if i % 4 != 1]
        values = [self.value(i) for i in done]
        account = [
            {"parameter": self.params[i], "value": v, "trialJobId": f"j{i}"}
            for i, v in zip(done, values[1:] + values[:1], strict=True)
        ]
        self.tuner = self.make()
        self.tuner.load_checkpoint()
        self.tuner.update_search_space(self.space)
        self.tuner.import_data(account)
        self.ids = dict.fromkeys(self.ids)
        self.next_id = 1


def suggestions(name: str, kills: tuple[int, ...]) -> list[Any]:
    run = Run(TUNERS[name], older="older" in name)
    for number in range(_TRIALS):
        if number in kills:
            run.kill_and_resume()
        run.step(number)
    return run.params


@pytest.fixture(autouse=True)
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    return tmp_path / "journal.jsonl"


@pytest.mark.parametrize("name", TUNERS)
def test_it_suggests_what_an_uninterrupted_run_would_have(
    name: str, checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Trials pending, failures, results that are no numbers, and a new search space included."""
    straight = suggestions(name, ())
    checkpoint.unlink()
    assert suggestions(name, (2, 7, 11)) == straight
    assert "the algorithm failed" not in caplog.text


@pytest.mark.parametrize("kill", range(1, _TRIALS))
def test_it_does_so_from_any_moment_on(kill: int, checkpoint: Path) -> None:
    straight = suggestions("random", ())
    checkpoint.unlink()
    assert suggestions("random", (kill,)) == straight


def test_a_seed_that_was_drawn_is_kept(checkpoint: Path) -> None:
    tuner = RandomTuner()
    tuner.update_search_space(SPACE)
    drawn = tuner.generate_multiple_parameters([0, 1])
    (seed,) = [e["seed"] for e in read_events(checkpoint) if e["event"] == "start"]
    drawn += resumed().generate_multiple_parameters([1, 2])
    again = RandomTuner(seed=seed)
    again.update_search_space(SPACE)
    assert again.generate_multiple_parameters(range(4)) == drawn


def test_what_stands_in_for_a_failing_algorithm_is_the_same_too(checkpoint: Path) -> None:
    """In a space of four configurations random search repeats itself, and is replaced."""
    four = {"x": {"_type": "choice", "_value": [1, 2, 3, 4]}}
    straight = RandomTuner(seed=0)
    straight.update_search_space(four)
    expected = straight.generate_multiple_parameters(range(4))
    checkpoint.unlink()
    first = RandomTuner(seed=0)
    first.update_search_space(four)
    drawn = first.generate_multiple_parameters([0, 1])
    assert drawn + resumed(four).generate_multiple_parameters([0, 1]) == expected


# ---------------------------------------------------------------------- what NNI tells


def resumed(space: Any = SPACE, account: Any = ()) -> RandomTuner:
    tuner = RandomTuner()
    tuner.load_checkpoint()
    tuner.update_search_space(space)
    tuner.import_data(list(account))
    return tuner


def results(checkpoint: Path) -> list[tuple[int, Any, Any]]:
    return [(e["run"], e["id"], e["report"]) for e in read_events(checkpoint) if "report" in e]


@pytest.fixture
def configs() -> list[Any]:
    """Return four suggestions; the first two have a result, the last two are running."""
    tuner = RandomTuner(seed=1)
    tuner.update_search_space(SPACE)
    configs = tuner.generate_multiple_parameters([0, 1, 2, 3])
    for i in (0, 1):
        tuner.receive_trial_result(i, configs[i], 0.1 * (i + 1), trial_job_id=f"j{i}")
    return configs


class Dispatcher(SimpleNamespace):
    """NNI's, as far as a tuner sees it."""

    def send(self, *_: Any) -> None: ...


def entry(params: Any, value: Any, job: str | None = None) -> dict[str, Any]:
    return {"parameter": params, "value": value, **({"trialJobId": job} if job else {})}


def test_what_the_journal_has_is_not_learnt_twice(checkpoint: Path, configs: Any) -> None:
    before = results(checkpoint)
    right = [entry(configs[0], 0.1, "j0"), entry(configs[1], 0.2, "j1")]
    wrong = [entry(configs[0], 0.2, "j0"), entry(configs[1], 0.1, "j1")]
    for account in (right, wrong, [entry(configs[2], 0.1, "j0"), entry(configs[0], 0.2, "j1")]):
        resumed(account=account)
        assert results(checkpoint) == before


def test_without_nnis_database_no_pair_of_nnis_is_believed(
    checkpoint: Path, configs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    resumed(account=[entry(configs[0], 0.1, "j0"), entry(configs[2], 0.7, "j2")])
    assert results(checkpoint)[2:] == []
    assert "ignored 1 of NNI's results" in caplog.text


def test_nnis_database_tells_which_parameters_a_result_belongs_to(
    experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two results came when no tuner was there; NNI swaps their parameters."""
    caplog.set_level(logging.INFO)
    folder = experiment.directory / "checkpoint"
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    tuner = RandomTuner(seed=1)
    tuner.update_search_space(SPACE)
    configs = tuner.generate_multiple_parameters([0, 1, 2])
    tuner.receive_trial_result(0, configs[0], 0.1, trial_job_id="a")
    for job, parameter_id in (("a", 0), ("b", 2), ("c", 1)):
        experiment.now(list(read_events(folder / "journal.jsonl"))[-1]["time"] + 1)
        experiment.report(job, parameter_id, 0.1 * (parameter_id + 1), final=True)
    swapped = [entry(c, v, j) for c, v, j in zip(configs, (0.1, 0.3, 0.2), "abc", strict=True)]
    resumed(account=swapped)
    assert results(folder / "journal.jsonl") == [(0, 0, 0.1), (0, 2, 0.1 * 3), (0, 1, 0.2)]
    assert "1 are in the journal, 2 were added from the database, 2 had another" in caplog.text


def test_the_result_of_a_trial_that_runs_again_counts_once_for_its_suggestion(
    checkpoint: Path, configs: Any
) -> None:
    """NNI's manager, to which 1.0 is 1, hands it over as an import; ids count from 0 again."""
    tuner = resumed()
    new = tuner.generate_parameters(2)
    tuner.import_data([entry(configs[2], 0.3)])
    tuner.receive_trial_result(2, new, 0.9)
    assert results(checkpoint)[2:] == [(0, 2, 0.3), (1, 2, 0.9)]
    before = results(checkpoint)
    assert [c for c in resumed().generate_multiple_parameters(range(5)) if c in configs] == []
    assert results(checkpoint) == before


def test_a_result_that_nni_does_not_have_either_is_missing_after_a_resume(
    checkpoint: Path, configs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with checkpoint.open("a") as file:
        file.write('{"event": "finish", "run": 0, "id": 2}\n')
    tuner = resumed()
    tuner.generate_parameters(4, st_callback=Dispatcher(recovered_trial_params={}).send)
    ends = [(e["id"], e["success"]) for e in read_events(checkpoint) if e["event"] == "end"]
    assert ends == [(2, True)]
    assert "succeeded without a final result and are recorded as failed: trial 2;" in caplog.text


def test_suggestions_that_nni_does_not_run_again_are_neither_pending_nor_repeated(
    checkpoint: Path, configs: Any
) -> None:
    tuner = resumed()
    dispatcher = Dispatcher(recovered_trial_params={3: configs[3]})
    tuner.generate_parameters(4, st_callback=dispatcher.send)
    abandoned = [e["id"] for e in read_events(checkpoint) if e["event"] == "abandon"]
    assert abandoned == [2]
    tuner.receive_trial_result(2, configs[2], 0.5)  # it came after all
    assert results(checkpoint)[-1][1:] == (2, 0.5)


def test_a_suggestion_that_never_comes_back_does_not_weigh_for_ever(configs: Any) -> None:
    """A trial that NNI runs again and that fails is not reported at all."""
    tuner = resumed()
    history = tuner._memory.history
    for i in range(100):
        # Two others ended before the resume.
        assert (configs[2] in history.pending()) == (i + 2 <= 50)
        tuner.receive_trial_result(i, tuner.generate_parameters(i), float(i))
    assert tuner.generate_parameters(101) != configs[2]


def test_what_users_imported_is_not_imported_again(checkpoint: Path, configs: Any) -> None:
    theirs = entry({"lr": 0.5, "batch": 16, "optimizer": {"_name": "adam"}}, 0.4)
    resumed().import_data([theirs])
    before = results(checkpoint)
    assert before[2:] == [(1, ["imported", 1], 0.4)]
    resumed(account=[theirs, entry(configs[0], 0.1, "j0")])
    assert results(checkpoint) == before
    resumed(account=[theirs, theirs])  # the second came when no tuner was there
    assert results(checkpoint)[3:] == [(3, ["imported", 2], 0.4)]


# ---------------------------------------------------------------------- journals of all kinds


@pytest.mark.parametrize(
    "damage",
    [
        '{"event": "sugg', "\xff\x00nonsense", "[1, 2]", '{"event": "suggest"}',
        '{"event": "suggest", "id": {}, "params": 3, "arm": 1}', '{"event": "result", "id": 0}',
        '{"event": "result", "id": [[]], "report": 1}', '{"event": "start", "run": "x"}',
        '{"event": "end"}', '{"event": "suggest", "id": 9, "arm": "a", "params": {"y": 1}, '
        '"state": {"suggested": "many"}}',
    ],
)  # fmt: skip
def test_a_damaged_journal_is_reported_in_one_line_and_the_rest_is_used(
    damage: str, checkpoint: Path, configs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with checkpoint.open("a") as file:
        file.write(damage)
    tuner = resumed(account=[entry(configs[0], 0.1, "j0")])
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1
    assert [c for c in tuner.generate_multiple_parameters(range(9)) if c in configs] == []


class Damaged:
    """An experiment whose journal is damaged, while NNI's database is whole.

    Of six trials each took the configuration that another had been meant for; the tuner heard the
    first three results, and NNI's import pairs all of them wrongly.
    """

    def __init__(self, experiment: FakeExperiment) -> None:
        self.experiment = experiment
        self.journal = experiment.directory / "checkpoint" / "journal.jsonl"
        tuner = RandomTuner(seed=1)
        tuner.update_search_space(SPACE)
        self.configs = tuner.generate_multiple_parameters(list(range(6)))
        experiment.now(list(read_events(self.journal))[-1]["time"])
        for i, params in enumerate(self.configs):
            experiment.submit(f"job{i}", i, i, params)
        for i, params in enumerate(self.configs):
            experiment.report(f"job{(i + 1) % 6}", i, i / 10, final=True)
            if i < 3:
                tuner.receive_trial_result(i, params, i / 10, trial_job_id=f"job{(i + 1) % 6}")
        self.account = [
            entry(params, (i - 1) % 6 / 10, f"job{i}") for i, params in enumerate(self.configs)
        ]

    def learnt(self) -> list[tuple[Any, Any]]:
        """Return what a tuner knows after two resumes."""
        resumed(account=self.account)
        history = resumed(account=self.account)._memory.history
        return sorted(((p, r) for _, p, r in history.reports()), key=lambda pair: pair[1])


@pytest.fixture
def damaged(experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(experiment.directory / "checkpoint"))
    return Damaged(experiment)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8])
def test_whatever_is_cut_off_a_journal_each_result_keeps_its_own_parameters(
    share: float, damaged: Damaged
) -> None:
    whole = damaged.journal.read_bytes()
    damaged.journal.write_bytes(whole[: int(share * len(whole))])
    assert damaged.learnt() == [(c, i / 10) for i, c in enumerate(damaged.configs)]


@pytest.mark.parametrize("line", range(2, 11))
def test_whatever_line_of_a_journal_is_lost_each_result_keeps_its_own_parameters(
    line: int, damaged: Damaged
) -> None:
    lines = damaged.journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 11
    lines[line] = b"\0" * (len(lines[line]) - 1) + b"\n"
    damaged.journal.write_bytes(b"".join(lines))
    assert damaged.learnt() == [(c, i / 10) for i, c in enumerate(damaged.configs)]


def test_a_journal_that_is_gone_is_reported_and_nnis_database_tells_the_pairs(
    damaged: Damaged, caplog: pytest.LogCaptureFixture
) -> None:
    damaged.journal.unlink()
    assert damaged.learnt() == [(c, i / 10) for i, c in enumerate(damaged.configs)]
    assert "missing or empty" in caplog.text


def test_a_result_of_which_nothing_proves_the_parameters_is_not_learnt(
    damaged: Damaged, caplog: pytest.LogCaptureFixture
) -> None:
    damaged.experiment.report("job9", 9, 0.9, final=True)
    damaged.account.append(entry(damaged.configs[0], 0.9, "job9"))
    assert [r for _, r in damaged.learnt()] == [i / 10 for i in range(6)]
    assert "ignored 1 of NNI's results" in caplog.text


def test_an_id_stands_for_what_was_put_in_line_in_the_same_run(damaged: Damaged) -> None:
    """After a resume NNI counts from 0 again; the journal's lines on the second run are lost."""
    resumed(account=damaged.account)
    params = {"lr": 0.5, "batch": 16, "optimizer": {"_name": "adam"}}
    damaged.experiment.submit("second", 7, 1, params)
    damaged.experiment.report("second", 1, 0.8, final=True)
    damaged.account.append(entry(damaged.configs[1], 0.8, "second"))
    assert damaged.learnt()[-1] == (params, 0.8)


def test_a_journal_that_cannot_be_read_is_reported(
    checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint.mkdir()
    assert resumed().generate_parameters(0)
    assert "damaged lines skipped: 1" in caplog.text


def test_another_search_space_is_reported_and_what_fits_it_is_used(
    checkpoint: Path, configs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    resumed(NARROWED)
    assert "the search space has changed" in caplog.text


def n_calls(action: Callable[[], object]) -> int:
    """Count the functions, Python's and C's, that an action calls."""
    profile = cProfile.Profile()
    profile.runcall(action)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_to_come_back_costs_the_same_for_each_event(checkpoint: Path) -> None:
    """With twice as many the work is about twice as much."""
    tuner = RandomTuner(seed=0)
    tuner.update_search_space(SPACE)
    calls = []
    for first in (0, 1000):
        for i in range(first, first + 1000):
            tuner.receive_trial_result(i, tuner.generate_parameters(i), i / 7)
        calls.append(n_calls(resumed))
    assert calls[1] < 2.2 * calls[0]
