"""The rules of MedianStopAssessor, from its class arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nni_hpo_ext.arguments import flag, number, one_of, whole_number
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import direction, objectives_from_config
from nni_hpo_ext.stopping import (
    Caution,
    ConsensusRule,
    MedianRule,
    Patience,
    ProspectRule,
    Schedule,
)
from nni_hpo_ext.types import Direction, Objective

__all__ = ["RuleArguments", "objectives_argument"]

_PRESETS = {
    "default": Patience(),
    # For trials whose order says little of how they end, such as those of reinforcement learning.
    "patient": replace(Patience().of_degree(1.5), start=0.2),
}


def objectives_argument(objectives: object, rule: str) -> tuple[Objective, ...] | None:
    """Return the checked class argument ``objectives``.

    Raises
    ------
    ConfigError
        If it is not a mapping of names to directions, or the rule compares one objective only.
    """
    if objectives is None:
        return None
    if rule != "prospect":
        raise ConfigError(
            f"objectives is not an argument of rule {rule!r}: leave it out, or use 'prospect'"
        )
    return objectives_from_config(objectives, "maximize")


@dataclass(frozen=True, slots=True)
class RuleArguments:
    """Checked class arguments, as the rules take them."""

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
        """Return them if all are allowed.

        Raises
        ------
        ConfigError
            If one is not.
        """
        is_median = one_of("rule", rule, ("prospect", "consensus", "median")) == "median"
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
        """Return the rule of three views."""
        return ConsensusRule(
            self.direction,
            self.schedule,
            self.min_completed,
            self.keep_best,
            self.count_stopped,
            Caution.of_degree(self.caution),
            self.max_epochs,
        )

    def prospect(self, objectives: Sequence[Objective]) -> ProspectRule:
        """Return the rule of the probability to end ahead."""
        return ProspectRule(
            objectives,
            self.schedule,
            self.min_completed,
            self.keep_best,
            self.count_stopped,
            self.patience,
            self.max_epochs,
        )
