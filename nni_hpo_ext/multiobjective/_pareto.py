"""Pareto dominance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["pareto_mask"]


def pareto_mask(Y: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return which rows are Pareto-optimal.

    Row ``a`` dominates ``b`` if it is nowhere larger and somewhere smaller. Equal rows do not
    dominate each other. A row with NaN is never Pareto-optimal and dominates nothing.

    Parameters
    ----------
    Y
        Objective values of shape ``(n, k)``, to be minimised; infinities allowed.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n,)``.

    Examples
    --------
    >>> pareto_mask([[1.0, 3.0], [2.0, 1.0], [3.0, 2.0]]).tolist()
    [True, True, False]
    """
    values = np.asarray(Y, dtype=float)
    mask: npt.NDArray[np.bool_] = ~np.isnan(values).any(axis=1)
    for i in np.flatnonzero(mask):
        rivals = values[mask]
        nowhere_larger = (rivals <= values[i]).all(axis=1)
        somewhere_smaller = (rivals < values[i]).any(axis=1)
        mask[i] = not (nowhere_larger & somewhere_smaller).any()
    return mask
