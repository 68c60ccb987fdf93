"""Surrogate models: ``fit(X, y)``, then ``predict(X)`` gives mean and variance."""

from __future__ import annotations

from nni_hpo_ext.surrogates._feasibility import Feasibility
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._objectives import Fits, ObjectiveModels
from nni_hpo_ext.surrogates._response import Response
from nni_hpo_ext.surrogates._select import select

__all__ = [
    "Feasibility",
    "Features",
    "Fits",
    "GaussianProcess",
    "ObjectiveModels",
    "Response",
    "select",
]
