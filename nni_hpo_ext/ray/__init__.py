"""Tuners and assessors of this package, and NNI's, in Ray Tune; requires ``ray[tune]``."""

from __future__ import annotations

from nni_hpo_ext.errors import MissingDependencyError

try:
    import ray.tune  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        "nni_hpo_ext.ray requires Ray Tune: pip install 'nni-hpo-ext[ray]'"
    ) from error

from nni_hpo_ext.ray._scheduler import AssessorScheduler
from nni_hpo_ext.ray._search import TunerSearch
from nni_hpo_ext.ray._space import TuneSpace

__all__ = ["AssessorScheduler", "TuneSpace", "TunerSearch"]
