"""What every NNI tuner should stand, as a class to subclass."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import _tuner_faults, _tuner_seeds, _tuner_sequences, _tuner_spaces
from nni_hpo_ext.testing._bad_input import SPACE
from nni_hpo_ext.testing._case import Case
from nni_hpo_ext.testing._suite import Conformance

__all__ = ["TunerConformance"]


class TunerConformance(Conformance):
    """Subclass it, say how your tuner is made, and let pytest collect it.

    Only NNI's own calls are used: ``update_search_space``, ``generate_parameters``,
    ``generate_multiple_parameters``, ``receive_trial_result``, ``trial_end``, ``import_data``.

    Examples
    --------
    >>> class TestMine(TunerConformance):
    ...     tuner_class = "my_package.MyTuner"
    ...     arguments = {"optimize_mode": "maximize"}
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
    """How many a case runs: enough to leave the initial design behind."""

    answers: int = 3
    """How many suggestions must be valid after a bad input."""

    sequences: int = 100
    """How many random sequences of calls are tried (needs hypothesis)."""

    @property
    def class_name(self) -> str:
        """Import path of the tuner."""
        return self.tuner_class

    def value(self, number: int) -> Any:
        """Return what the trial with this number reports; override for several objectives."""
        return math.sin(number)

    def started(self, space: Any = SPACE, seed: int = 0) -> Any:
        """Return a tuner that knows a search space."""
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
            What to ask and to tell.
        n
            Number of trials; by default the attribute ``trials``.
        first
            Id of the first one.
        pending
            Each result is told when so many others are running.
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
        """Check, after a sequence of calls, that a tuner knows what it suggested under which id.

        NNI has no call to ask a tuner, so that this does nothing; override it.
        """

    @staticmethod
    def valid(config: Any, space: SearchSpace) -> None:
        """Check that a suggestion is plain JSON and lies in the search space."""
        try:
            plain = json.loads(json.dumps(config, allow_nan=False)) == config
        except (TypeError, ValueError) as error:
            raise AssertionError(f"suggestion {config!r:.200} is no plain JSON: {error}") from None
        if not plain:
            raise AssertionError(f"suggestion {config!r:.200} is no plain JSON")
        try:
            space.encode(config)
        except SearchSpaceError as error:
            raise AssertionError(
                f"suggestion {config!r:.200} is not in the search space: {error.findings[0]}"
            ) from None
