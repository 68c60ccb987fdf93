"""What every NNI tuner should stand, as a class to subclass."""

from __future__ import annotations

import inspect
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing._bad_input import (
    FINAL_VALUES,
    FIRST_VALUES,
    IMPORTS,
    ORDER_FAULTS,
    SPACE,
)
from nni_hpo_ext.testing._spaces import FINITE_SPACES, SPACES

__all__ = ["TunerConformance"]

# Enough trials to leave the initial design behind.
_TRIALS = 10


class TunerConformance:
    """Subclass it, say how your tuner is made, and let pytest collect it.

    Only NNI's own calls are used: ``update_search_space``, ``generate_parameters``,
    ``generate_multiple_parameters``, ``receive_trial_result``, ``trial_end``, ``import_data``.

    Examples
    --------
    >>> class TestMine(TunerConformance):
    ...     tuner_class = "my_package.MyTuner"
    ...     arguments = {"optimize_mode": "maximize"}
    """

    tuner_class: str
    """Import path of the tuner."""

    arguments: dict[str, Any] = {}  # noqa: RUF012
    """Class arguments; ``seed`` is added."""

    def make(self, seed: int = 0) -> Any:
        """Build a tuner."""
        module, _, name = self.tuner_class.rpartition(".")
        cls = getattr(__import__(module, fromlist=[name]), name)
        return cls(**self.arguments, seed=seed)

    def value(self, number: int) -> Any:
        """Return what the trial with this number reports; override for several objectives."""
        return float(np.sin(number))

    def started(self, space: Any = SPACE, seed: int = 0) -> Any:
        """Return a tuner that knows a search space."""
        tuner = self.make(seed)
        tuner.update_search_space(space)
        return tuner

    def play(self, tuner: Any, n: int, first: int = 0, pending: int = 2) -> list[dict[str, Any]]:
        """Run trials in turn, and return their configurations.

        Parameters
        ----------
        tuner
            What to ask and to tell.
        n
            Number of trials.
        first
            Id of the first one.
        pending
            Each result is told when so many others are running.
        """
        configs = []
        for i in range(first, first + n):
            configs.append(tuner.generate_parameters(i))
            if i - first >= pending:
                done = i - pending
                tuner.receive_trial_result(done, configs[done - first], self.value(done))
                tuner.trial_end(done, True)
        return configs

    # ------------------------------------------------------------------ search spaces

    @pytest.mark.parametrize("name", SPACES)
    def test_suggestions_are_plain_json_inside_the_space_and_new(self, name: str) -> None:
        """Every type, nested to any depth, single-valued, 1 to 60 parameters."""
        space = SearchSpace(SPACES[name])
        configs = self.play(self.started(SPACES[name]), _TRIALS)
        for config in configs:
            assert json.loads(json.dumps(config, allow_nan=False)) == config
            assert config in space
        assert len({space.key(c) for c in configs}) == _TRIALS

    @pytest.mark.parametrize("name", FINITE_SPACES)
    def test_a_finite_space_is_used_up_and_then_ended(self, name: str) -> None:
        """The end is NNI's own signal, and nothing is suggested twice before."""
        spec, size = FINITE_SPACES[name]
        tuner, space = self.started(spec), SearchSpace(spec)
        configs = self.play(tuner, size)
        assert len({space.key(c) for c in configs}) == size
        with pytest.raises(nni.NoMoreTrialError):
            tuner.generate_parameters(size)
        assert tuner.generate_multiple_parameters([size + 1, size + 2]) == []

    def test_a_new_search_space_is_taken_up(self) -> None:
        """Suggestions lie in it at once, and the old results break nothing."""
        tuner = self.started()
        self.play(tuner, _TRIALS)
        narrowed = {**SPACE, "batch": {"_type": "choice", "_value": [64, 128]}}
        tuner.update_search_space(narrowed)
        configs = self.play(tuner, _TRIALS, first=_TRIALS)
        assert all(c in SearchSpace(narrowed) for c in configs)

    # ------------------------------------------------------------------ determinism

    def test_the_seed_decides(self) -> None:
        """The same seed suggests the same, another one something else."""
        first, again, other = (self.play(self.started(seed=s), _TRIALS) for s in (1, 1, 2))
        assert first == again != other

    def test_three_fresh_processes_agree(self) -> None:
        """Neither hash seeds nor whatever else draws random numbers has a say."""
        here = Path(inspect.getfile(type(self)))
        script = (
            "import json, random, sys, numpy as np\n"
            f"sys.path.insert(0, {str(here.parent)!r})\n"
            "random.seed(int(sys.argv[1])); np.random.seed(int(sys.argv[1]))\n"
            f"from {here.stem} import {type(self).__name__} as Suite\n"
            "suite = Suite()\n"
            f"print(json.dumps(suite.play(suite.started(seed=3), {_TRIALS})))"
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(i)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONHASHSEED": str(i)},
            )
            for i in range(3)
        ]
        answers = {process.communicate()[0] for process in processes}
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert len(answers) == 1

    def test_the_global_random_state_is_left_alone(self) -> None:
        """It is neither read nor changed."""
        before = (random.getstate(), np.random.get_state()[1].tolist())  # type: ignore[index]
        self.play(self.started(), _TRIALS)
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # type: ignore[index]

    # ------------------------------------------------------------------ bad input

    def survives(self, tuner: Any, first: int) -> None:
        """Check that the next three suggestions are valid."""
        space = SearchSpace(SPACE)
        assert all(tuner.generate_parameters(first + i) in space for i in range(3))

    @pytest.mark.parametrize("name", FINAL_VALUES)
    def test_any_final_value_is_survived(self, name: str) -> None:
        """After good results."""
        tuner = self.started()
        configs = self.play(tuner, _TRIALS, pending=1)
        tuner.receive_trial_result(_TRIALS - 1, configs[-1], FINAL_VALUES[name])
        self.survives(tuner, _TRIALS)

    @pytest.mark.parametrize("name", FIRST_VALUES)
    def test_any_first_value_is_survived(self, name: str) -> None:
        """Before any good result, and again after some."""
        tuner = self.started()
        tuner.receive_trial_result(0, tuner.generate_parameters(0), FIRST_VALUES[name])
        self.survives(tuner, 1)
        self.play(tuner, _TRIALS, first=4)
        self.survives(tuner, 4 + _TRIALS)

    @pytest.mark.parametrize("name", ORDER_FAULTS)
    def test_any_order_of_calls_is_survived(self, name: str) -> None:
        """Early and late."""
        tuner = self.started()
        ORDER_FAULTS[name](tuner, tuner.generate_multiple_parameters([0, 1, 2]))
        self.survives(tuner, 3)
        self.play(tuner, _TRIALS, first=6)
        self.survives(tuner, 6 + _TRIALS)

    @pytest.mark.parametrize("name", IMPORTS)
    def test_any_import_is_survived(self, name: str) -> None:
        """Before the first suggestion."""
        tuner = self.started()
        tuner.import_data(IMPORTS[name])
        self.survives(tuner, 0)

    def test_it_learns_after_all_that(self, caplog: pytest.LogCaptureFixture) -> None:
        """No suggestion was a silent substitute for a failing algorithm."""
        tuner = self.started()
        for i, value in enumerate(FINAL_VALUES.values()):
            tuner.receive_trial_result(i, tuner.generate_parameters(i), value)
        self.play(tuner, _TRIALS, first=100)
        assert "the algorithm failed" not in caplog.text
