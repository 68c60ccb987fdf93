"""Every tuner of the package is put through the conformance suite."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from nni_hpo_ext.bandit._rules import RULES
from nni_hpo_ext.journal import listening
from nni_hpo_ext.testing import Case, TunerConformance
from nni_hpo_ext.testing._bad_input import FINAL_VALUES, FIRST_VALUES, IMPORTS

FAULTS = ("final values", "first values", "order of calls", "imports")


class Ours(TunerConformance):
    """The suite, and what else holds of our tuners; nothing of this is done in silence."""

    __test__ = False
    sequences = 10  # test_sequences.py has more
    never_fails = True

    @pytest.fixture(autouse=True)
    def events(self) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
        """Hear what tuners write to their journals; none may say that the algorithm failed."""
        heard: list[tuple[str, Mapping[str, Any]]] = []
        self.heard = heard
        with listening(lambda event, fields: heard.append((event, dict(fields)))):
            yield heard
        assert not self.never_fails or [f for e, f in heard if e == "fallback"] == []

    def make(self, seed: int = 0) -> Any:
        if hasattr(self, "heard"):
            self.heard.clear()
        return super().make(seed)

    def account(self, tuner: Any, suggested: Mapping[int, Any]) -> None:
        written = {f["id"]: f["params"] for e, f in self.heard if e == "suggest"}
        assert written == suggested


class TestRandom(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.RandomTuner"

    def rejections(self, caplog: pytest.LogCaptureFixture) -> tuple[int, int]:
        """Return how many lines of the log and how many rows of the journal tell of a refusal."""
        lines = [r for r in caplog.records if r.levelno >= logging.WARNING]
        rows = [f for e, f in self.heard if e in ("result", "rejected") and f.get("reason")]
        return len(lines), len(rows)

    @pytest.mark.parametrize("name", FINAL_VALUES)
    def test_a_rejected_value_is_said_once(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        tuner = self.started()
        tuner.receive_trial_result(0, tuner.generate_parameters(0), FINAL_VALUES[name])
        usable = name in ("numpy scalar", "0-d array")
        assert self.rejections(caplog) == ((0, 0) if usable else (1, 1))

    @pytest.mark.parametrize("name", [n for n in IMPORTS if "rows" not in n])
    def test_a_rejected_import_is_said_once(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.started().import_data(IMPORTS[name])
        usable = name in ("empty", "duplicate")
        assert self.rejections(caplog) == ((0, 0) if usable else (1, 1))

    def test_the_first_values_are_among_the_final_values(self) -> None:
        assert len(FIRST_VALUES) == 5
        assert all(FINAL_VALUES[name] is value for name, value in FIRST_VALUES.items())


class TestGrid(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.GridTuner"


class TestEvolution(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.EvolutionTuner"
    arguments: ClassVar = {"num_init_evals": 3}


class TestDragonflyOneObjective(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"


class TestDiversified(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"


class TestGP(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.GPTuner"


class TestForest(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.ForestTuner"


class TestParzen(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.ParzenTuner"
    arguments: ClassVar = {"num_init_evals": 3}


class TestHyperband(Ours):
    """Configurations are repeated with larger budgets, so that finite spaces last longer."""

    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.HyperbandTuner"
    arguments: ClassVar = {"max_budget": 4, "eta": 2}
    CASES = tuple(c for c in TunerConformance.CASES if c.group != "finite spaces")


class TestHyperbandWithOneBudget(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.HyperbandTuner"
    arguments: ClassVar = {"max_budget": 1}


class TestBOHB(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.BOHBTuner"
    arguments: ClassVar = {"max_budget": 4, "eta": 2, "random_fraction": 0.2}
    CASES = TestHyperband.CASES


class TestPublished(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"
    arguments: ClassVar = {"spec": "SEQ"}


ARMS = [
    *("GP-HLE-EI", "GP-LE-PI", "GP-UCB", "GP-NM-AUTO-EI", "GP-NM-HLE-PI", "GP-NM-LE-UCB"),
    *("RF-AUTO-EI", "RF-HLE-PI", "RF-UCB", "TPE-LE-EI", "TPE-HLE-PI", "TPE-UCB", "TPE-AUTO-TPE"),
    "RANDOM",
]


class TestAllArms(Ours):
    """Every model with every acquisition function, in turn; every model with several responses."""

    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"
    arguments: ClassVar = {"num_init_evals": 2, "arms": ARMS}
    # Of 10,000 rows each arm sees the same 1,000: they are for the tuners above.
    CASES = tuple(c for c in TunerConformance.CASES if c.group in FAULTS and "rows" not in c.name)
    trials = 4
    answers = len(ARMS)


class TestRules(Ours):
    """Every rule that chooses among arms."""

    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"
    CASES = tuple(c for c in TunerConformance.CASES if c.group in FAULTS and "rows" not in c.name)

    @pytest.mark.parametrize("spec", [r for r in RULES if r not in ("SYNC", "ASYNC")])
    def test_conforms(self, case: Case, spec: str) -> None:
        self.arguments = {"num_init_evals": 2, "arms": ["TPE-TPE", "RANDOM"], "spec": spec}
        if spec in ("BO-HEDGE-T", "BO-HEDGE-LET"):  # the truth comes with a replay
            self.arguments["oracle"] = lambda params: params["lr"]
        case.check(self)


class TestBatchRules(TestRules):
    @pytest.mark.parametrize("spec", ["SYNC", "ASYNC"])
    def test_conforms(self, case: Case, spec: str) -> None:
        self.arguments = {"num_init_evals": 2, "mode": "BATCH", "arms": ["TPE-TPE", "RANDOM"]}
        self.arguments["spec"] = spec
        case.check(self)


class _TwoObjectives(Ours):
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"

    def value(self, number: int) -> dict[str, Any]:
        return {"default": float(super().value(number)), "runtime": float(number % 7) ** 9}


class TestEvolutionTwoObjectives(_TwoObjectives):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.EvolutionTuner"
    arguments: ClassVar = {
        "objectives": {"default": "maximize", "runtime": "minimize"},
        "num_init_evals": 3,
    }


class TestDragonflyImprovement(_TwoObjectives):
    __test__ = True
    arguments: ClassVar = {
        "objectives": {"default": "maximize", "runtime": "minimize"},
        "acquisition": "ehvi",
    }


class TestDragonflyScalarised(_TwoObjectives):
    __test__ = True
    arguments: ClassVar = {
        "objectives": {"default": "maximize", "runtime": "minimize"},
        "acquisition": "moors",
        "scalarisation": "linear",
    }


class TestDragonflyBandit(Ours):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"
    arguments: ClassVar = {"acquisition": "moors"}


def test_the_inputs_are_as_many_as_they_should_be() -> None:
    sizes = {group: sum(c.group == group for c in TunerConformance.CASES) for group in FAULTS}
    assert sizes == dict(zip(FAULTS, (16, 5, 11, 11), strict=True))
    assert len(IMPORTS["10,000 rows"]) == 10_000
