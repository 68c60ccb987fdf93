"""The contents of requests and answers."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

__all__ = [
    "AlgorithmChoice",
    "Asking",
    "Attempt",
    "IntermediateReport",
    "ReportAnswer",
    "Result",
    "StudyAnswer",
    "StudyDefinition",
    "TrialAnswer",
    "TrialState",
]

_WEEK_SECONDS = 7 * 24 * 3600


def impossible(content: Any) -> str:
    """Return why JSON or Unicode cannot hold a value, empty if they can."""
    waiting = [content]  # a loop: a request may be nested as deep as Python's stack
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return f"{value} is not a finite number"
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return f"{value[:60]!a} is not valid Unicode"
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return ""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _require_json(cls, content: Any) -> Any:
        problem = impossible(content)
        if problem:
            raise ValueError(problem)
        return content


class AlgorithmChoice(_Request):
    """A tuner or an assessor, as in an NNI config."""

    name: str = Field(examples=["Diversified"])
    classArgs: dict[str, JsonValue] = Field(default_factory=dict)


class StudyDefinition(_Request):
    """A study to create."""

    search_space: dict[str, JsonValue] = Field(
        description="NNI search space.",
        examples=[{"lr": {"_type": "loguniform", "_value": [0.0001, 0.1]}}],
    )
    tuner: AlgorithmChoice = Field(description="A registered tuner.")
    assessor: AlgorithmChoice | None = Field(default=None, description="A registered assessor.")
    objectives: dict[str, Literal["maximize", "minimize"]] = Field(
        default={"default": "maximize"},
        min_length=1,
        description="Directions by name, most important first.",
    )
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Drawn by default.")
    max_trials: int | None = Field(default=None, ge=1, description="No limit by default.")
    lease_seconds: float = Field(
        default=600.0,
        ge=1,
        le=_WEEK_SECONDS,
        description="A trial whose worker is silent for so long is given to another.",
    )


class StudyAnswer(BaseModel):
    """A study."""

    name: str
    token: str | None = Field(default=None, description="Token of this study, when it is created.")
    trials: int
    ended: int
    definition: dict[str, JsonValue]


class Asking(_Request):
    """A request for a trial."""

    params: dict[str, JsonValue] | None = Field(
        default=None, description="Configuration to run; by default the tuner suggests one."
    )
    worker: str = Field(default="", max_length=200, description="Name of the worker, for people.")


class Attempt(_Request):
    """Which worker speaks."""

    attempt: int | None = Field(
        default=None, ge=0, description="As given with the trial; a late worker is then told so."
    )


class TrialAnswer(BaseModel):
    """A trial to run."""

    number: int
    attempt: int
    params: dict[str, JsonValue]
    lease_seconds: float


class IntermediateReport(Attempt):
    """An intermediate result."""

    value: JsonValue = Field(
        description="A number, an object of numbers, or null for one that is not finite."
    )
    step: int | None = Field(default=None, ge=0, description="Number of earlier reports.")


class ReportAnswer(BaseModel):
    """What the trial should do."""

    decision: Literal["continue", "stop"]
    step: int | None = None


class Result(Attempt):
    """The end of a trial: exactly one of values, error, stopped."""

    values: JsonValue = Field(
        default=None, description="Final report: a number, or an object with all objectives."
    )
    error: str | None = Field(
        default=None, min_length=1, max_length=2000, description="The failure."
    )
    stopped: Literal[True] | None = Field(
        default=None, description="It was stopped; its best report counts."
    )

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if len(self.content()) != 1:
            raise ValueError("give exactly one of values, error and stopped")
        return self

    def content(self) -> dict[str, Any]:
        """Return what was given of the result."""
        given = {"error": self.error, "stopped": self.stopped}
        content = {name: value for name, value in given.items() if value is not None}
        # Null is a value that is not finite, for which there is a better reason to refuse it.
        return {**content, "values": self.values} if "values" in self.model_fields_set else content


class TrialState(BaseModel):
    """A trial so far."""

    number: int
    attempt: int
    params: dict[str, JsonValue]
    status: str
    reason: str
    worker: str
    values: dict[str, float]
    reports: list[JsonValue]
