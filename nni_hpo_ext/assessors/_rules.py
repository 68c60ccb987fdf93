"""Build the rules of MedianStopAssessor from its class arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nni_hpo_ext.arguments import flag, number, one_of, whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import direction, objectives_from_config
from nni_hpo_ext.stopping import (
    Caution,
    ConsensusRule,
    CourseRule,
    FrontRule,
    MedianRule,
    Patience,
    ProspectRule,
    Schedule,
    StoppingRule,
)
from nni_hpo_ext.types import Direction, Objective

__all__ = ["SINGLE", "RuleArguments", "objectives_argument"]

_PRESETS = {
    "default": Patience(),
    # For curves that predict the final values poorly, such as those of reinforcement learning.
    "patient": replace(Patience().of_degree(1.5), start=0.2),
}


def objectives_argument(objectives: object, rule: str) -> tuple[Objective, ...] | None:
    """Return the checked class argument ``objectives``.

    Raises
    ------
    ConfigError
        If it is not a mapping of names to directions, or the rule supports only one objective.
    """
    if objectives is None:
        return None
    if rule != "prospect":
        raise ConfigError(
            f"objectives must be omitted for rule {rule!r}; only 'prospect' supports it"
        )
    return objectives_from_config(objectives, "maximize")


@dataclass(frozen=True, slots=True)
class RuleArguments:
    """Validated class arguments, in the types of the rules."""

    direction: Direction
    schedule: Schedule
    min_completed: int
    keep_best: int
    count_stopped: bool
    caution: float
    max_epochs: int | None
    patience: Patience

    @classmethod
    def checked(
        cls,
        rule: str,
        *,
        optimize_mode: object,
        start_step: object,
        interval: object,
        min_completed: object,
        keep_best: object,
        count_stopped: object,
        caution: object,
        max_epochs: object,
        preset: object,
    ) -> RuleArguments:
        """Validate the class arguments.

        Raises
        ------
        ConfigError
            If one is invalid.
        """
        is_median = one_of("rule", rule, ("prospect", *SINGLE)) == "median"
        lowest = 0 if max_epochs is not None and not is_median else 1
        degree = number("caution", caution, 0.0)
        schedule = Schedule(
            max(1, whole_number("start_step", start_step, 0)), whole_number("interval", interval, 1)
        )
        return cls(
            direction(optimize_mode),
            schedule,
            whole_number("min_completed", min_completed, lowest),
            whole_number("keep_best", keep_best, 0),
            not is_median if count_stopped is None else flag("count_stopped", count_stopped),
            degree,
            None if max_epochs is None else whole_number("max_epochs", max_epochs, 2),
            _PRESETS[one_of("preset", preset, tuple(_PRESETS))].of_degree(degree),
        )

    def median(self) -> MedianRule:
        """Return Vizier's median rule."""
        return MedianRule(
            self.direction, self.schedule, self.min_completed, self.keep_best, self.count_stopped
        )

    def consensus(self) -> ConsensusRule:
        """Return the consensus rule."""
        return ConsensusRule(
            self.direction,
            self.schedule,
            self.min_completed,
            self.keep_best,
            self.count_stopped,
            Caution.of_degree(self.caution),
            self.max_epochs,
        )

    def prospect(self, objectives: Sequence[Objective]) -> CourseRule:
        """Return the prospect rule for one objective, the front rule for several."""
        if len(objectives) > 1:
            return FrontRule(
                objectives,
                self.schedule,
                self.min_completed,
                self.keep_best,
                self.patience,
                self.max_epochs,
            )
        return ProspectRule(
            objectives[0],
            self.schedule,
            self.min_completed,
            self.keep_best,
            self.count_stopped,
            self.patience,
            self.max_epochs,
        )


SINGLE: Mapping[str, Callable[[RuleArguments], StoppingRule]] = {
    "consensus": RuleArguments.consensus,
    "median": RuleArguments.median,
}
"""Rules over the curve of one objective, by name."""
