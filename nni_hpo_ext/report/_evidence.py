"""Evidence of the trials for or against parts of a range, or options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.render.statistics import SIGNIFICANT
from nni_hpo_ext.report._bounds import cut, widened
from nni_hpo_ext.report._elite import chance_of_none, elite_mask
from nni_hpo_ext.report._importance import is_hardware
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.space import Choice, Dimension, FloatArray, Integer, Uniform

__all__ = ["Kind", "RangeEvidence"]

_FEWEST = 20  # trials, including
_FEWEST_ELITE = 5
_MARGIN = 0.1  # minimum margin around the best trials, as a share of the range
_GAPS = 2  # minimum margin in mean gaps between the best trials
_EDGE = 0.05  # width of an edge, as a share of the range
_CROWD = 0.25  # minimum share of the best trials at an edge

Kind = Literal["narrowed", "widened", "advice", "kept"]
_Verdict = tuple[Any, Kind, str]


class RangeEvidence:
    """Evidence of a sample of trials for or against parts of the search space.

    Parameters
    ----------
    sample
        The trials.

    Attributes
    ----------
    n
        Number of trials with a value of the first objective.
    elite
        Which of them are among the best (see `elite_mask`), shape ``(n,)``.
    """

    def __init__(self, sample: Sample) -> None:
        known = np.isfinite(sample.losses[:, 0]) if len(sample.losses) else np.zeros(0, dtype=bool)
        self._space = sample.space
        self._X, self._active = sample.X[known], sample.active[known]
        losses, completed = sample.losses[known], sample.completed[known]
        self.n = len(losses)
        self.elite = elite_mask(losses, completed)
        self._crowd = elite_mask(losses[:, :1], completed)
        questions = sum(_questions(dim) for dim in sample.space.dimensions)
        self._level = SIGNIFICANT / max(questions, 1)  # Bonferroni

    def judge(self, i: int, before: Any) -> _Verdict:
        """Return the new ``_value`` of a parameter, the kind of change and the reason."""
        dim = self._space.dimensions[i]
        rows = self._active[:, i]
        u, elite = self._X[rows, i], self.elite[rows]
        if len(u) < _FEWEST or elite.sum() < _FEWEST_ELITE:
            found = f"{len(u)}, with {int(elite.sum())} of the best"
            return before, "kept", f"too few trials: {found}"
        if dim.domain.n_values == 1:
            return before, "kept", "has a single value"
        if isinstance(dim.domain, Choice):
            return self._options(dim.domain, u, elite, self._crowd[rows], before)
        if isinstance(dim.domain, (Integer, Uniform)):
            return self._range(dim, u, elite, self._crowd[rows], before)
        return before, "kept", "normal parameters have no bounds"

    # ---------------------------------------------------------------- options

    def _options(
        self,
        domain: Choice,
        u: FloatArray,
        elite: npt.NDArray[np.bool_],
        crowd: npt.NDArray[np.bool_],
        before: Any,
    ) -> _Verdict:
        cells = np.array([domain.index(x) for x in u])
        tried = np.bincount(cells, minlength=domain.n_values)
        good = np.bincount(cells[elite], minlength=domain.n_values)
        inner = np.zeros(domain.n_values, dtype=bool)
        if domain.kind == "ordinal":  # a number between good options may be good
            inner[cells[elite].min() : cells[elite].max() + 1] = True
        n, m = len(u), int(elite.sum())
        dropped = [
            o
            for o in range(domain.n_values)
            if not inner[o] and not good[o] and chance_of_none(n, m, int(tried[o])) < self._level
        ]
        if not dropped:
            advice = self._at_listed_end(domain, cells[crowd])
            return (
                before,
                "advice" if advice else "kept",
                advice or "no evidence against any option",
            )
        names = ", ".join(_name(domain.ranked[o]) for o in dropped)
        removed = [domain.ranked[o] for o in dropped]
        counts = int(tried[dropped].sum())
        return (
            [option for option in before if not any(_same(option, r) for r in removed)],
            "narrowed",
            f"{names}: tried {counts} times, never among the best {m} of {n} trials",
        )

    def _at_listed_end(self, domain: Choice, cells: npt.NDArray[np.intp]) -> str:
        n = domain.n_values
        for cell, what in ((0, "smaller"), (n - 1, "larger")):
            if domain.kind == "ordinal" and n > 2 and self._crowded(cells == cell, 1 / n):
                value = _name(domain.ranked[cell])
                return f"the best trials cluster at {value}, the last option: add a {what} one"
        return ""

    # ---------------------------------------------------------------- ranges

    def _range(
        self,
        dim: Dimension,
        u: FloatArray,
        elite: npt.NDArray[np.bool_],
        crowd: npt.NDArray[np.bool_],
        before: Sequence[float],
    ) -> _Verdict:
        domain = dim.domain
        assert isinstance(domain, (Integer, Uniform))
        low, low_reason = self._side(u, elite)
        high, high_reason = self._side(1 - u, elite)
        bounds = cut(domain, low, 1 - high)
        reasons = []
        for at_low, reason in ((True, low_reason), (False, high_reason)):
            if reason and bounds[not at_low] != before[not at_low]:
                where = f"{'below' if at_low else 'above'} {_name(bounds[not at_low])}"
                reasons.append(f"{where}: {reason}")
        kind: Kind = "narrowed" if reasons else "kept"
        step = max(_EDGE, 1 / domain.n_values) if domain.n_values else _EDGE
        for at_low in (True, False):
            near = (u if at_low else 1 - u)[crowd] <= step
            if not self._crowded(near, step):
                continue
            new = None if is_hardware(dim.name) else widened(domain, at_low=at_low)
            cluster = f"the best trials cluster at the {'lower' if at_low else 'upper'} bound"
            if new is None:
                reasons.append(f"{cluster}, which may be a natural limit: extend it if it is not")
                kind = "advice" if kind == "kept" else kind
            else:
                bounds[not at_low] = new
                reasons.append(f"{cluster}: extended by a quarter of the range")
                kind = "widened"
        after = [*bounds, *before[2:]]
        return after, kind, "; ".join(reasons) or "no evidence for a narrower range"

    def _side(self, u: FloatArray, elite: npt.NDArray[np.bool_]) -> tuple[float, str]:
        """Return how much of the lower end to remove, and the reason; 0 and "" to keep it."""
        n, m = len(u), int(elite.sum())
        span = float(np.ptp(u[elite]))
        end = float(u[elite].min()) - max(_MARGIN, _GAPS * span / (m - 1))
        below = u[u < end]
        explored = min((below < end / 2).sum(), (below >= end / 2).sum()) >= 2
        chance = chance_of_none(n, m, len(below))
        if end < _MARGIN or not explored or chance >= self._level:
            return 0.0, ""
        return end, f"{len(below)} trials, none among the best {m} of {n}"

    def _crowded(self, near: npt.NDArray[np.bool_], share: float) -> bool:
        """Return whether significantly many of the best trials lie at an end of the range."""
        m, c = len(near), int(near.sum())
        if not m or c < max(2, _CROWD * m):
            return False
        from scipy.stats import binom

        return bool(binom.sf(c - 1, m, share) < self._level)


def _questions(dim: Dimension) -> int:
    return dim.domain.n_values or 2 if isinstance(dim.domain, Choice) else 2


def _same(option: Any, removed: Any) -> bool:
    """Return whether an option as written is the removed one; branches compare by name."""
    if isinstance(option, Mapping) and "_name" in option:
        option = {"_name": option["_name"]}
    return json.dumps(option, sort_keys=True) == json.dumps(removed, sort_keys=True)


def _name(value: Any) -> str:
    if isinstance(value, Mapping) and set(value) == {"_name"}:
        return str(value["_name"])
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)
