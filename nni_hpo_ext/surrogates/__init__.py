"""Surrogate models: ``fit(X, y)``, then ``predict(X)`` returns mean and variance."""

from __future__ import annotations

from nni_hpo_ext.surrogates._density import ParzenDensity
from nni_hpo_ext.surrogates._errors import ErrorScale
from nni_hpo_ext.surrogates._feasibility import Feasibility
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._forest import RandomForest
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._gp_integrated import IntegratedGaussianProcess
from nni_hpo_ext.surrogates._gp_two_priors import TwoPriorGaussianProcess
from nni_hpo_ext.surrogates._objectives import Fits, ObjectiveModels
from nni_hpo_ext.surrogates._parzen import ParzenEstimator
from nni_hpo_ext.surrogates._response import RESPONSES, Response, losses, response
from nni_hpo_ext.surrogates._select import select
from nni_hpo_ext.surrogates._stacking import stacking_weights
from nni_hpo_ext.surrogates._surrogate import Surrogate, SurrogateClass

__all__ = [
    "RESPONSES",
    "ErrorScale",
    "Feasibility",
    "Features",
    "Fits",
    "GaussianProcess",
    "IntegratedGaussianProcess",
    "ObjectiveModels",
    "ParzenDensity",
    "ParzenEstimator",
    "RandomForest",
    "Response",
    "Surrogate",
    "SurrogateClass",
    "TwoPriorGaussianProcess",
    "losses",
    "response",
    "select",
    "stacking_weights",
]
