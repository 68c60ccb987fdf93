"""Tuner case about random sequences of calls (requires hypothesis)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import SkipTest

from nni_hpo_ext.testing._case import Case

if TYPE_CHECKING:
    from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["CASES"]


def _sequences(suite: TunerConformance) -> None:
    """Check requests, results, ends, imports and new search spaces in any order."""
    try:
        from nni_hpo_ext.testing._machine import run
    except ModuleNotFoundError as error:
        raise SkipTest("hypothesis is not installed: pip install 'nni-hpo-ext[testing]'") from error
    run(suite)


CASES = (Case("sequences", "random sequences of calls", _sequences),)
