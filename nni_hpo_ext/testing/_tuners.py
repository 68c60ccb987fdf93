"""The conformance suite for NNI tuners."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from nni_hpo_ext.budget import configuration
from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import _tuner_faults, _tuner_seeds, _tuner_sequences, _tuner_spaces
from nni_hpo_ext.testing._bad_input import SPACE
from nni_hpo_ext.testing._case import Case
from nni_hpo_ext.testing._suite import Conformance

__all__ = ["TunerConformance"]


class TunerConformance(Conformance):
    """Conformance suite for an NNI tuner: a base class for pytest classes.

    Set ``tuner_class`` and ``arguments`` in a subclass, and pytest runs each case as a test. The
    suite uses only the calls of NNI: ``update_search_space``, ``generate_parameters``,
    ``generate_multiple_parameters``, ``receive_trial_result``, ``trial_end``, ``import_data``.

    Examples
    --------
    >>> from nni_hpo_ext.testing import TunerConformance
    >>> class TestMyTuner(TunerConformance):
    ...     tuner_class = "nni_hpo_ext.tuners.RandomTuner"
    ...     arguments = {"optimize_mode": "maximize"}
    >>> suite = TestMyTuner()
    >>> suite.test_conforms(suite.CASES[0])
    """

    KIND: ClassVar[str] = "tuner"
    CASES: ClassVar[tuple[Case, ...]] = (
        *_tuner_spaces.CASES,
        *_tuner_seeds.CASES,
        *_tuner_faults.CASES,
        *_tuner_sequences.CASES,
    )

    tuner_class: str
    """Import path of the tuner."""

    trials: int = 10
    """Number of trials per case, enough to go beyond the initial design."""

    answers: int = 3
    """Number of suggestions that must be valid after a bad input."""

    sequences: int = 100
    """Number of random sequences of calls (requires hypothesis)."""

    @property
    def class_name(self) -> str:
        """Import path of the tuner."""
        return self.tuner_class

    def value(self, number: int) -> Any:
        """Return the report of a trial by its number; override it for several objectives."""
        return math.sin(number)

    def started(self, space: Any = SPACE, seed: int = 0) -> Any:
        """Return a tuner with a search space."""
        tuner = self.make(seed)
        tuner.update_search_space(space)
        return tuner

    def play(
        self, tuner: Any, n: int | None = None, first: int = 0, pending: int = 2
    ) -> list[dict[str, Any]]:
        """Run trials in turn, and return their configurations.

        Parameters
        ----------
        tuner
            The tuner.
        n
            Number of trials; by default the attribute ``trials``.
        first
            Id of the first trial.
        pending
            Number of other running trials when a result is reported.
        """
        configs: list[dict[str, Any]] = []
        for i in range(first, first + (self.trials if n is None else n)):
            configs.append(tuner.generate_parameters(i))
            if i - first >= pending:
                done = i - pending
                tuner.receive_trial_result(done, configs[done - first], self.value(done))
                tuner.trial_end(done, True)
        return configs

    def survives(self, tuner: Any, first: int) -> None:
        """Check that the next suggestions are valid."""
        space = SearchSpace(SPACE)
        for i in range(self.answers):
            self.valid(tuner.generate_parameters(first + i), space)

    def account(self, tuner: Any, suggested: Mapping[int, Any]) -> None:
        """Check that a tuner knows its suggestions by id, after a sequence of calls.

        NNI has no call for this, so the default does nothing; override it for your tuner.
        """

    @staticmethod
    def valid(config: Any, space: SearchSpace) -> None:
        """Check that a suggestion is plain JSON and lies in the search space.

        A budget is allowed in addition, as NNI's Hyperband sets one.
        """
        try:
            plain = json.loads(json.dumps(config, allow_nan=False)) == config
        except (TypeError, ValueError) as error:
            raise AssertionError(f"suggestion {config!r:.200} is not plain JSON: {error}") from None
        if not plain:
            raise AssertionError(f"suggestion {config!r:.200} is not plain JSON")
        try:
            space.encode(configuration(config))
        except SearchSpaceError as error:
            raise AssertionError(
                f"suggestion {config!r:.200} is not in the search space: {error.findings[0]}"
            ) from None
