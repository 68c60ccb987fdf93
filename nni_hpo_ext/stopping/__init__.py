"""Early-stopping rules over learning curves, independent of NNI, threads and files."""

from __future__ import annotations

from nni_hpo_ext.stopping._compound import CompoundRule
from nni_hpo_ext.stopping._consensus import Caution, ConsensusRule
from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import Curve
from nni_hpo_ext.stopping._front import FrontRule
from nni_hpo_ext.stopping._median import MedianRule
from nni_hpo_ext.stopping._monitor import Monitor, Stopper
from nni_hpo_ext.stopping._patience import Patience
from nni_hpo_ext.stopping._prospect import ProspectRule
from nni_hpo_ext.stopping._replay import RecordedTrial, Replayed, replay
from nni_hpo_ext.stopping._rule import CourseRule, Decision, Schedule, StoppingRule

__all__ = [
    "Caution",
    "CompoundRule",
    "ConsensusRule",
    "Course",
    "CourseRule",
    "Curve",
    "Decision",
    "FrontRule",
    "MedianRule",
    "Monitor",
    "Patience",
    "ProspectRule",
    "RecordedTrial",
    "Replayed",
    "Schedule",
    "Stopper",
    "StoppingRule",
    "replay",
]
