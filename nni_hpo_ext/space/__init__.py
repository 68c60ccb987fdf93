"""NNI search spaces: typed parameters, and their encoding as points of the unit cube."""

from __future__ import annotations

from nni_hpo_ext.arguments import is_number
from nni_hpo_ext.space._candidates import CandidateSpace
from nni_hpo_ext.space._domains import (
    Choice,
    Domain,
    FloatArray,
    Integer,
    Normal,
    Uniform,
)
from nni_hpo_ext.space._levels import Levels
from nni_hpo_ext.space._overlap import fitted, overlap
from nni_hpo_ext.space._parse import Dimension, parse
from nni_hpo_ext.space._plain import impossible
from nni_hpo_ext.space._space import SearchSpace

__all__ = [
    "CandidateSpace",
    "Choice",
    "Dimension",
    "Domain",
    "FloatArray",
    "Integer",
    "Levels",
    "Normal",
    "SearchSpace",
    "Uniform",
    "fitted",
    "impossible",
    "is_number",
    "overlap",
    "parse",
]
