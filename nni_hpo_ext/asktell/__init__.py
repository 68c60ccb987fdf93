"""Ask a registered tuner for trials and tell it the results, with a durable log and no NNI."""

from __future__ import annotations

from nni_hpo_ext.asktell._algorithms import make_assessor, make_tuner
from nni_hpo_ext.asktell._create import create_study, require_same
from nni_hpo_ext.asktell._hosted import HostedStudy
from nni_hpo_ext.asktell._refusal import Refusal, conflict, invalid, missing

__all__ = [
    "HostedStudy",
    "Refusal",
    "conflict",
    "create_study",
    "invalid",
    "make_assessor",
    "make_tuner",
    "missing",
    "require_same",
]
