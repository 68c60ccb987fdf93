"""NNI assessors: thin adapters over the rules in `nni_hpo_ext.stopping`."""

from __future__ import annotations

from nni_hpo_ext.assessors._adapter import RuleAssessor
from nni_hpo_ext.assessors._compound_stop import CompoundStopAssessor
from nni_hpo_ext.assessors._median_stop import MedianStopAssessor

__all__ = ["CompoundStopAssessor", "MedianStopAssessor", "RuleAssessor"]
