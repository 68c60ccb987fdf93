"""The worker machines of NNI's remote training service: reach them over ssh, and look at them."""

from __future__ import annotations

from nni_hpo_ext.remote._end import end_experiment
from nni_hpo_ext.remote._machine import Machine, machines_of
from nni_hpo_ext.remote._output import fetch_files, fetch_stderr
from nni_hpo_ext.remote._ssh import Execution, Reply
from nni_hpo_ext.remote._survey import Request, Survey, survey

__all__ = [
    "Execution",
    "Machine",
    "Reply",
    "Request",
    "Survey",
    "end_experiment",
    "fetch_files",
    "fetch_stderr",
    "machines_of",
    "survey",
]
