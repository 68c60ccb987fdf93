"""Grid search: the points of a grid over any search space, in an order that covers it evenly."""

from __future__ import annotations

from nni_hpo_ext.grid._search import GridSearch
from nni_hpo_ext.grid._space import DEFAULT_RESOLUTION, GridSpace

__all__ = ["DEFAULT_RESOLUTION", "GridSearch", "GridSpace"]
