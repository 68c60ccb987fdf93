"""Hyperband and BOHB: many configurations at a small budget, the best of them at larger ones.

Nothing slow is imported here: NNI gives a tuner 10 seconds to connect.
"""

from __future__ import annotations

from nni_hpo_ext.hyperband._brackets import Brackets, Rung
from nni_hpo_ext.hyperband._space import BudgetSpace

__all__ = ["Brackets", "BudgetSpace", "Rung"]
