"""Plain frozen values that every part of the package exchanges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol, get_args

from nni_hpo_ext.errors import ConfigError

__all__ = [
    "Algorithm",
    "Direction",
    "Objective",
    "Params",
    "Suggestion",
    "Trial",
    "TrialStatus",
]

Direction = Literal["maximize", "minimize"]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Objective:
    """One quantity that trials report and the experiment optimises.

    Attributes
    ----------
    name
        Its key in a trial's report.
    direction
        Which values are good: ``maximize`` the large ones, ``minimize`` the small ones.

    Raises
    ------
    ConfigError
        If the direction is neither ``"maximize"`` nor ``"minimize"``, or the name is empty.
    """

    name: str
    direction: Direction

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ConfigError(f"objective name {self.name!r}: give a non-empty text")
        if self.direction not in get_args(Direction):
            raise ConfigError(
                f"objective {self.name!r}: direction {self.direction!r} is not one of "
                "'maximize', 'minimize'"
            )

    @property
    def sign(self) -> float:
        """Factor that turns a value into one to be minimised: -1.0 or +1.0."""
        return -1.0 if self.direction == "maximize" else 1.0


class TrialStatus(Enum):
    """How a trial ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"  # ended early; its values are those reached so far
    FAILED = "failed"  # no usable value


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A configuration to try, and why.

    Attributes
    ----------
    params
        The configuration: plain JSON values that lie in the search space.
    arm
        Name of the component that proposed it.
    probability
        Probability with which that arm was chosen, in [0, 1].
    reason
        One line for the log and the report.
    faults
        One line for each component that failed before this one answered.
    step
        Number of choices among arms before this one; None if no arm was chosen.
    """

    params: Params
    arm: str
    probability: float
    reason: str
    faults: tuple[str, ...] = ()
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that has ended.

    Attributes
    ----------
    number
        Order in which the tuner heard of the trial.
    params
        Its configuration, as NNI gave it to the trial.
    status
        How it ended.
    values
        One value per objective in the objectives' order, as reported; NaN where an objective
        is missing. Empty for a failed trial.
    suggestion
        What proposed it; None for a trial that a user added or imported.
    """

    number: int
    params: Params
    status: TrialStatus
    values: tuple[float, ...] = ()
    suggestion: Suggestion | None = None


class Algorithm(Protocol):
    """What the adapter, the simulator and the tests drive: no NNI, no threads, no files."""

    def observe(self, trials: Sequence[Trial]) -> None:
        """Take over all trials that have ended so far (idempotent: the whole history)."""

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Propose ``n`` configurations while those in ``pending`` are running."""

    def state_dict(self) -> dict[str, Any]:
        """Return what, beside the observed trials, decides the next suggestions.

        Small and plain JSON: it is written down with each suggestion.
        """

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
