"""Tuner cases about odd values, imports and orders of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nni_hpo_ext.testing._bad_input import FINAL_VALUES, FIRST_VALUES, IMPORTS, ORDER_FAULTS
from nni_hpo_ext.testing._case import each

if TYPE_CHECKING:
    from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["CASES"]


def _final(suite: TunerConformance, name: str) -> None:
    """Check an odd value after good results."""
    tuner = suite.started()
    configs = suite.play(tuner, pending=1)
    tuner.receive_trial_result(suite.trials - 1, configs[-1], FINAL_VALUES[name])
    suite.survives(tuner, suite.trials)


def _first(suite: TunerConformance, name: str) -> None:
    """Check an odd value before any good result."""
    tuner = suite.started()
    tuner.receive_trial_result(0, tuner.generate_parameters(0), FIRST_VALUES[name])
    suite.survives(tuner, 1)
    _go_on(suite, tuner, 1 + suite.answers)


def _order(suite: TunerConformance, name: str) -> None:
    """Check an odd order of calls."""
    tuner = suite.started()
    ORDER_FAULTS[name](tuner, tuner.generate_multiple_parameters([0, 1, 2]))
    suite.survives(tuner, 3)
    _go_on(suite, tuner, 3 + suite.answers)


def _import(suite: TunerConformance, name: str) -> None:
    """Check odd data imported before the first suggestion."""
    tuner = suite.started()
    tuner.import_data(IMPORTS[name])
    suite.survives(tuner, 0)


def _go_on(suite: TunerConformance, tuner: object, first: int) -> None:
    suite.play(tuner, first=first)
    suite.survives(tuner, first + suite.trials)


CASES = (
    *each("final values", FINAL_VALUES, _final),
    *each("first values", FIRST_VALUES, _first),
    *each("order of calls", ORDER_FAULTS, _order),
    *each("imports", IMPORTS, _import),
)
