"""Narrow or extend the bounds of a parameter."""

from __future__ import annotations

import math

from nni_hpo_ext.space import Integer, Uniform

__all__ = ["cut", "widened"]

_DIGITS = 3
_WIDER = 0.25  # of the range, on the parameter's own scale


def cut(domain: Integer | Uniform, low: float, high: float) -> list[float]:
    """Return bounds that contain the values from coordinate ``low`` to ``high``, rounded outwards.

    Parameters
    ----------
    domain
        Domain of the parameter.
    low, high
        Coordinates in [0, 1]; 0 and 1 keep the bound.
    """
    lower, upper = domain.low, domain.high
    if isinstance(domain, Integer):
        lower = lower if low <= 0 else domain.from_unit(low)
        upper = upper if high >= 1 else domain.from_unit(high) + 1  # the bound is exclusive
        return [lower, upper]
    lower = lower if low <= 0 else max(lower, _rounded(domain, domain.from_unit(low), down=True))
    upper = upper if high >= 1 else min(upper, _rounded(domain, domain.from_unit(high), down=False))
    return [lower, upper]


def widened(domain: Integer | Uniform, *, at_low: bool) -> float | None:
    """Return a bound further out, None if the old one may be a natural limit.

    Non-negative ranges stay non-negative, ranges within [0, 1] stay within [0, 1], and counts from
    1 do not include 0.
    """
    if isinstance(domain, Integer):
        return _wider_integer(domain, at_low)
    low, high = domain.low, domain.high
    if domain.log:
        factor = (high / low) ** _WIDER
        new = low / factor if at_low else high * factor
    else:
        new = low - _WIDER * (high - low) if at_low else high + _WIDER * (high - low)
    if low >= 0:
        new = max(new, 0.0) if at_low else min(new, 1.0) if high <= 1 else new
    if domain.q is not None:
        new = round(new / domain.q) * domain.q
        if domain.log and new <= 0:
            return None
    else:
        new = _rounded(domain, new, down=at_low) if new not in (0.0, 1.0) else new
    return new if (new < low if at_low else new > high) else None


def _wider_integer(domain: Integer, at_low: bool) -> int | None:
    step = math.ceil(_WIDER * domain.n_values)
    if not at_low:
        is_flag = domain.low >= 0 and domain.high <= 2
        return None if is_flag else domain.high + step
    floor = 1 if domain.low >= 1 else 0 if domain.low == 0 else None
    new = domain.low - step if floor is None else max(floor, domain.low - step)
    return new if new < domain.low else None


def _rounded(domain: Uniform, value: float, *, down: bool) -> float:
    """Round to significant digits of the value (log scale) or of the range (linear scale)."""
    if domain.q is not None or value == 0:  # already on the grid
        return value
    size = abs(value) if domain.log else domain.high - domain.low
    decimals = _DIGITS - 1 - math.floor(math.log10(size))
    scaled = value * 10.0**decimals
    return round((math.floor(scaled) if down else math.ceil(scaled)) / 10.0**decimals, decimals)
