"""Class arguments that all tuners take."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.types import Params

__all__ = ["checked_candidates", "checked_seed"]

_logger = logging.getLogger(__name__)


def checked_seed(seed: object) -> int:
    """Return the seed, drawn and logged if there is none."""
    if seed is None:
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        _logger.info("seed %d drawn; give it as classArgs.seed to repeat this run", drawn)
        return drawn
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ConfigError(f"seed {seed!r} is not allowed: give an integer from 0 to 2**32 - 1")
    return seed


def checked_candidates(candidates: object) -> Sequence[Params] | None:
    """Return the only configurations to try, None for all of the search space."""
    if candidates is None:
        return None
    if not isinstance(candidates, Sequence) or isinstance(candidates, str) or not candidates:
        raise ConfigError(f"candidates {candidates!r:.60} is not allowed: give a list, not empty")
    for i, entry in enumerate(candidates):
        if not isinstance(entry, Mapping):
            raise ConfigError(
                f"candidates[{i}] {entry!r:.60} is not allowed: give a configuration, such as "
                "{learning_rate: 0.1}"
            )
    return candidates
