"""Tuner cases about search spaces: of every kind, finite, updated and malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nni

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing._bad_input import SPACE
from nni_hpo_ext.testing._case import Case, each, require
from nni_hpo_ext.testing._malformed import MALFORMED_SPACES
from nni_hpo_ext.testing._spaces import FINITE_SPACES, SPACES

if TYPE_CHECKING:
    from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["CASES"]


def _kind(suite: TunerConformance, name: str) -> None:
    """Check that suggestions are plain JSON, inside the space and distinct."""
    space = SearchSpace(SPACES[name])
    configs = suite.play(suite.started(SPACES[name]))
    for config in configs:
        suite.valid(config, space)
    distinct = len({space.key(c) for c in configs})
    require(distinct == len(configs), f"{len(configs) - distinct} of {len(configs)} are repeats")


def _finite(suite: TunerConformance, name: str) -> None:
    """Check that a finite space is exhausted without repeats, and that NNI is notified then."""
    spec, size = FINITE_SPACES[name]
    tuner, space = suite.started(spec), SearchSpace(spec)
    configs = suite.play(tuner, size)
    distinct = len({space.key(c) for c in configs})
    require(distinct == size, f"{size} suggestions tried {distinct} of {size} configurations")
    try:
        config = tuner.generate_parameters(size)
    except nni.NoMoreTrialError:
        answer = tuner.generate_multiple_parameters([size + 1, size + 2])
        require(answer == [], f"{answer!r} after the last configuration, not []")
    else:
        raise AssertionError(f"{config!r} after all {size} were tried, not NoMoreTrialError")


def _narrowed(suite: TunerConformance) -> None:
    """Check that suggestions lie in a new search space at once, despite old results."""
    tuner = suite.started()
    suite.play(tuner)
    narrowed = {**SPACE, "batch": {"_type": "choice", "_value": [64, 128]}}
    tuner.update_search_space(narrowed)
    for config in suite.play(tuner, first=suite.trials):
        suite.valid(config, SearchSpace(narrowed))


class _Dispatcher:
    """The object behind ``st_callback``, to which a tuner reports errors it must not raise."""

    fault = ""

    def report_error(self, message: str) -> None:
        self.fault = message

    def send_trial_callback(self, parameter_id: int, params: object) -> None: ...


def _malformed(suite: TunerConformance, name: str) -> None:
    """Check that NNI is told which key is wrong; an exception would hang the experiment."""
    spec, where = MALFORMED_SPACES[name]
    tuner, dispatcher = suite.make(), _Dispatcher()
    tuner.update_search_space(spec)
    try:
        config = tuner.generate_parameters(0, st_callback=dispatcher.send_trial_callback)
    except nni.NoMoreTrialError:
        require(where in dispatcher.fault, f"the key {where} is not in {dispatcher.fault!r:.200}")
    else:
        raise AssertionError(f"it accepts the space and suggests {config!r:.200}")


CASES = (
    *each("search spaces", SPACES, _kind),
    *each("finite spaces", FINITE_SPACES, _finite),
    Case("new search space", "narrowed", _narrowed),
    *each("malformed spaces", MALFORMED_SPACES, _malformed),
)
