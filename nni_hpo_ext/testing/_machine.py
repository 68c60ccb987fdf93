"""Random sequences of NNI's calls, as a Hypothesis state machine."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import nni
import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing._bad_input import FINAL_VALUES, IMPORTS, SPACE
from nni_hpo_ext.testing._case import require
from nni_hpo_ext.testing._spaces import FINITE_SPACES

if TYPE_CHECKING:
    from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["TunerMachine", "run"]

_STEPS = 9
_SPACES: dict[str, Any] = {
    "three parameters": SPACE,
    "narrowed": {**SPACE, "batch": {"_type": "choice", "_value": [64, 128]}},
    **{name: FINITE_SPACES[name][0] for name in ("choices", "branches")},
}
_NUMBERS = st.floats(-1e6, 1e6)
_REPORTS = st.one_of(
    _NUMBERS,
    _NUMBERS.map(lambda v: {"default": v}),
    st.sampled_from(list(FINAL_VALUES.values())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["default", "loss", "maximize", "partial"]), inner)
        ),
        max_leaves=4,
    ),
)
_IMPORTS = st.sampled_from([name for name in IMPORTS if name != "10,000 rows"])


class TunerMachine(RuleBasedStateMachine):
    """Call a tuner as NNI may, and check every answer.

    Suggestions lie in the current search space. In a finite space no suggestion is repeated, and
    the space is reported as exhausted only when all configurations were suggested or imported.
    Suggested configurations are never modified.
    """

    suite: TunerConformance

    def __init__(self) -> None:
        super().__init__()
        self.tuner = self.suite.make()
        self.suggested: dict[int, Any] = {}
        self.copies: dict[int, Any] = {}
        self.imported: list[Any] = []  # configurations
        self.turn_to("three parameters")

    def turn_to(self, name: str) -> None:
        """Set the search space of the tuner."""
        self.spec = _SPACES[name]
        self.space = SearchSpace(self.spec)
        self.tuner.update_search_space(copy.deepcopy(self.spec))

    def keys(self, *, imported: bool) -> set[str]:
        """Return the suggested, and optionally imported, configurations of the current space."""
        configs = [*self.copies.values(), *(self.imported if imported else ())]
        return {self.space.key(c) for c in configs if c in self.space}

    def take(self, number: int, config: Any) -> None:
        """Check and record a suggestion."""
        self.suite.valid(config, self.space)
        if np.isfinite(self.space.cardinality):
            key = self.space.key(config)
            require(key not in self.keys(imported=False), f"{config!r} is suggested twice")
        self.suggested[number] = config
        self.copies[number] = copy.deepcopy(config)

    @rule()
    def request(self) -> None:
        """Request one suggestion."""
        number = len(self.suggested)
        try:
            self.take(number, self.tuner.generate_parameters(number))
        except nni.NoMoreTrialError:
            self.all_tried()

    @rule(n=st.integers(2, 3))
    def request_several(self, n: int) -> None:
        """Request several suggestions; fewer mean that the space is exhausted."""
        first = len(self.suggested)
        configs = self.tuner.generate_multiple_parameters(list(range(first, first + n)))
        for i, config in enumerate(configs):
            self.take(first + i, config)
        if len(configs) < n:
            self.all_tried()

    def all_tried(self) -> None:
        """Check that the space is exhausted."""
        tried, size = len(self.keys(imported=True)), self.space.cardinality
        require(tried >= size, f"no more suggestions after {tried} of {size} configurations")

    @precondition(lambda self: self.suggested)
    @rule(data=st.data(), value=_REPORTS)
    def result(self, data: Any, value: Any) -> None:
        """Report for a trial that runs, has ended or has reported before."""
        number = data.draw(st.sampled_from(sorted(self.suggested)))
        self.tuner.receive_trial_result(
            number, copy.deepcopy(self.copies[number]), value, trial_job_id=f"job{number}"
        )

    @precondition(lambda self: self.suggested)
    @rule(data=st.data(), success=st.booleans())
    def end(self, data: Any, success: bool) -> None:
        """End a trial, possibly again."""
        self.tuner.trial_end(data.draw(st.sampled_from(sorted(self.suggested))), success)

    @rule(number=st.sampled_from([-1, 10_000, None]), value=_REPORTS)
    def stranger(self, number: int | None, value: Any) -> None:
        """Report and end a trial that the tuner does not know."""
        config = self.space.decode([0.5] * len(self.space))
        self.imported.append(config)
        self.tuner.receive_trial_result(
            number, config, value, customized=number is None, trial_job_id="stranger"
        )
        self.tuner.trial_end(number, True)

    @rule(name=_IMPORTS, value=_NUMBERS, share=st.floats(0, 1))
    def import_(self, name: str, value: float, share: float) -> None:
        """Import invalid and valid data."""
        valid = {"parameter": self.space.decode([share] * len(self.space)), "value": value}
        entries = [*IMPORTS[name], valid]
        self.imported += [e["parameter"] for e in entries]
        self.tuner.import_data(copy.deepcopy(entries))

    @rule(name=st.sampled_from(list(_SPACES)))
    def update_space(self, name: str) -> None:
        """Change the search space, as users may."""
        self.turn_to(name)

    def teardown(self) -> None:
        """Check that suggestions were not modified."""
        require(self.suggested == self.copies, "the tuner modified its earlier suggestions")
        self.suite.account(self.tuner, self.copies)


def run(suite: TunerConformance) -> None:
    """Run the number of sequences set by the suite; they are the same in each run."""
    machine = type("Machine", (TunerMachine,), {"suite": suite})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=suite.sequences,
            stateful_step_count=_STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
