"""Optimise a Python function with a registered tuner, without NNI's manager."""

from __future__ import annotations

from nni_hpo_ext.functions._optimize import optimize

__all__ = ["optimize"]
