"""Arms that nominate configurations, and the rules that choose among the arms.

Nothing slow is imported here: NNI gives a tuner 10 seconds to connect.
"""

from __future__ import annotations

from nni_hpo_ext.bandit._arm import Arm
from nni_hpo_ext.bandit._modes import Plan, make_plan

__all__ = ["Arm", "Plan", "make_plan"]
