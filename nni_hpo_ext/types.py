"""Frozen records that the parts of the package exchange: trials, suggestions, objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from nni_hpo_ext.errors import ConfigError

__all__ = [
    "SCORE_REQUEST",
    "Algorithm",
    "Direction",
    "Forecast",
    "Forecasts",
    "Objective",
    "Params",
    "RunningObserver",
    "Suggestion",
    "Trial",
    "TrialStatus",
]

SCORE_REQUEST = "NNI_HPO_SCORE"
"""Environment variable with the file in which `nni-hpo test` says what to score."""

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
        ``maximize`` if larger values are better, ``minimize`` if smaller ones are.
    label, unit
        Its name for people, such as ``accuracy``, and its unit, such as ``s``; may be empty.

    Raises
    ------
    ConfigError
        If the direction is neither ``"maximize"`` nor ``"minimize"``, the name is empty, or the
        label or the unit is no text.

    Examples
    --------
    >>> accuracy = Objective("accuracy", "maximize")
    >>> accuracy.sign * 0.9  # every algorithm minimises
    -0.9
    >>> Objective("runtime", "minimize", unit="s").title
    'runtime (s)'
    """

    name: str
    direction: Direction
    label: str = field(default="", compare=False, repr=False)
    unit: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ConfigError(f"objective name must be a non-empty string, got {self.name!r}")
        if self.direction not in get_args(Direction):
            raise ConfigError(
                f"objective {self.name!r}: direction must be 'maximize' or 'minimize', "
                f"got {self.direction!r}"
            )
        for key, given in (("label", self.label), ("unit", self.unit)):
            if not isinstance(given, str):
                raise ConfigError(f"objective {self.name!r}: {key} must be a text, got {given!r}")

    @property
    def shown(self) -> str:
        """Name for people: the label, or else the name."""
        return self.label or self.name

    @property
    def title(self) -> str:
        """Name for people with the unit, for axes and columns."""
        return f"{self.shown} ({self.unit})" if self.unit else self.shown

    @property
    def sign(self) -> float:
        """Factor that turns a value into a loss: -1.0 for ``maximize``, 1.0 for ``minimize``."""
        return -1.0 if self.direction == "maximize" else 1.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Prediction of a trial's final value from its learning curve: a normal distribution.

    Attributes
    ----------
    mean, std
        Its mean and standard deviation, in units of the objective.

    Examples
    --------
    >>> Forecast(mean=0.9, std=0.02).mean
    0.9
    """

    mean: float
    std: float


Forecasts = Mapping[str, Forecast]
"""Forecasts by the name of the objective."""


class TrialStatus(Enum):
    """How a trial ended.

    Examples
    --------
    >>> TrialStatus("stopped")
    <TrialStatus.STOPPED: 'stopped'>
    """

    COMPLETED = "completed"
    STOPPED = "stopped"  # ended early; its values are those reached so far
    FAILED = "failed"  # no usable value


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested configuration and its origin.

    Attributes
    ----------
    params
        The configuration: plain JSON values within the search space.
    arm
        Name of the component that suggested it.
    probability
        Probability with which that arm was chosen, in [0, 1].
    reason
        One line for the log and the report.
    faults
        One line for each component that failed before this one succeeded.
    step
        Number of choices among arms before this one, None if no arm was chosen. With brackets:
        number of configurations drawn before this one.

    Examples
    --------
    >>> suggestion = Suggestion({"lr": 0.1}, arm="RANDOM", probability=1.0, reason="random draw")
    >>> suggestion.params["lr"]
    0.1
    """

    params: Params
    arm: str
    probability: float
    reason: str
    faults: tuple[str, ...] = ()
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A finished trial.

    Attributes
    ----------
    number
        Position in the order in which the tuner received the trials.
    params
        Its configuration, as NNI gave it to the trial.
    status
        How it ended.
    values
        One value per objective in the objectives' order, as reported; NaN where an objective
        is missing. Empty for a failed trial.
    suggestion
        The suggestion it comes from; None for a trial that a user added or imported.
    forecasts
        For a trial that an assessor stopped: the final values it would have reached.

    Examples
    --------
    >>> trial = Trial(0, {"lr": 0.1}, TrialStatus.COMPLETED, values=(0.9,))
    >>> trial.values
    (0.9,)
    """

    number: int
    params: Params
    status: TrialStatus
    values: tuple[float, ...] = ()
    suggestion: Suggestion | None = None
    forecasts: Forecasts = field(default_factory=dict)


class Algorithm(Protocol):
    """A tuning algorithm without NNI, threads or files, for adapters, simulations and tests."""

    def observe(self, trials: Sequence[Trial]) -> None:
        """Set the history: each call receives all trials finished so far."""

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Suggest ``n`` configurations while those in ``pending`` are running."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state that, with the observed trials, determines the next suggestions.

        It is small and plain JSON, because it is stored with each suggestion.
        """

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` returned."""


@runtime_checkable
class RunningObserver(Protocol):
    """An `Algorithm` that also learns from the learning curves of running trials."""

    def observe_running(self, running: Sequence[tuple[Params, Forecasts]]) -> None:
        """Set the running trials whose final values can be predicted.

        Called before each `Algorithm.suggest`, whose pending configurations include these.
        """
