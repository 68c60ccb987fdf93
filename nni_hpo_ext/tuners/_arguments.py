"""Class arguments common to all tuners."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.types import Params

__all__ = ["checked_candidates", "checked_seed"]

_logger = logging.getLogger(__name__)


def checked_seed(seed: object) -> int:
    """Return the validated seed; draw and log one if it is None."""
    if seed is None:
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        _logger.info("drew the seed %d; set classArgs.seed to it to repeat this run", drawn)
        return drawn
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ConfigError(f"seed must be an integer from 0 to 2**32 - 1, got {seed!r}")
    return seed


def checked_candidates(candidates: object) -> Sequence[Params] | None:
    """Return the validated candidates, None for the whole search space."""
    if candidates is None:
        return None
    if not isinstance(candidates, Sequence) or isinstance(candidates, str) or not candidates:
        raise ConfigError(f"candidates must be a non-empty list, got {candidates!r:.60}")
    for i, entry in enumerate(candidates):
        if not isinstance(entry, Mapping):
            raise ConfigError(
                f"candidates[{i}] must be a configuration such as {{learning_rate: 0.1}}, "
                f"got {entry!r:.60}"
            )
    return candidates
