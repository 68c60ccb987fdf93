"""Run an NNI experiment to its true end, and read what came of it."""

from __future__ import annotations

from nni_hpo_ext.experiment._export import json_text, to_json, write_json, write_text
from nni_hpo_ext.experiment._find import find_experiment, known_url
from nni_hpo_ext.experiment._interrupt import Interrupts
from nni_hpo_ext.experiment._join import read_trials
from nni_hpo_ext.experiment._journal import Journal, read_journal
from nni_hpo_ext.experiment._objectives import objectives
from nni_hpo_ext.experiment._progress import Progress
from nni_hpo_ext.experiment._read import read_study
from nni_hpo_ext.experiment._records import End, Proposal, Report, TrialRecord
from nni_hpo_ext.experiment._rest import ManagerStatus, RestClient
from nni_hpo_ext.experiment._rest_store import RestStore, read_running
from nni_hpo_ext.experiment._run import RunOptions, run
from nni_hpo_ext.experiment._show import show_result
from nni_hpo_ext.experiment._show_journal import journal_file, show_journal
from nni_hpo_ext.experiment._steps import Step, in_order_of_end, progress, reached
from nni_hpo_ext.experiment._store import ExperimentStore, Metric
from nni_hpo_ext.experiment._study import Savings, Study
from nni_hpo_ext.experiment._table import best_intermediate, curve_rows, to_csv, trial_rows

__all__ = [
    "End",
    "ExperimentStore",
    "Interrupts",
    "Journal",
    "ManagerStatus",
    "Metric",
    "Progress",
    "Proposal",
    "Report",
    "RestClient",
    "RestStore",
    "RunOptions",
    "Savings",
    "Step",
    "Study",
    "TrialRecord",
    "best_intermediate",
    "curve_rows",
    "find_experiment",
    "in_order_of_end",
    "journal_file",
    "json_text",
    "known_url",
    "objectives",
    "progress",
    "reached",
    "read_journal",
    "read_running",
    "read_study",
    "read_trials",
    "run",
    "show_journal",
    "show_result",
    "to_csv",
    "to_json",
    "trial_rows",
    "write_json",
    "write_text",
]
