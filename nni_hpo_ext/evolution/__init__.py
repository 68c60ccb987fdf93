"""Evolutionary search for one or more objectives, over any search space."""

from __future__ import annotations

from nni_hpo_ext.evolution._search import EvolutionSearch
from nni_hpo_ext.evolution._selection import best_first
from nni_hpo_ext.evolution._variation import offspring

__all__ = ["EvolutionSearch", "best_first", "offspring"]
