"""Find mistakes in an NNI config before the experiment starts."""

from __future__ import annotations

from nni_hpo_ext.check._check import check_config
from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._machines import check_machines
from nni_hpo_ext.check._summary import summarise
from nni_hpo_ext.check._trial import TrialRun, run_trial
from nni_hpo_ext.check._trial_words import describe_trial, trial_problem

__all__ = [
    "FileFinding",
    "TrialRun",
    "check_config",
    "check_machines",
    "describe_trial",
    "run_trial",
    "summarise",
    "trial_problem",
]
