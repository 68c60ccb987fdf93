"""Read experiments and simulations, running or finished, as studies."""

from __future__ import annotations

from nni_hpo_ext.study._export import to_json
from nni_hpo_ext.study._find import experiments_home, find_experiment, known_experiments, known_url
from nni_hpo_ext.study._held_out import HeldOutScore, keep_score, read_score
from nni_hpo_ext.study._join import Joined, read_trials
from nni_hpo_ext.study._journal import JournalView, read_journal
from nni_hpo_ext.study._load import load_studies, load_study
from nni_hpo_ext.study._logs import (
    keep_stderr,
    trial_stderr,
    tuner_error,
)
from nni_hpo_ext.study._manager import manager_alive
from nni_hpo_ext.study._overview import Overview, overviews, show_experiments
from nni_hpo_ext.study._read import read_study
from nni_hpo_ext.study._records import End, Proposal, Report, TrialRecord
from nni_hpo_ext.study._rest import ManagerStatus, RestClient
from nni_hpo_ext.study._rest_store import RestStore, read_running
from nni_hpo_ext.study._served import (
    DEFINITION_FILE,
    is_served,
    objectives_of,
    read_definition,
    read_served,
    served_record,
    served_study,
)
from nni_hpo_ext.study._show import show_result
from nni_hpo_ext.study._show_journal import journal_file, show_journal
from nni_hpo_ext.study._simulated import study_of_run
from nni_hpo_ext.study._steps import Step, in_order_of_end, progress, reached
from nni_hpo_ext.study._store import ExperimentStore
from nni_hpo_ext.study._study import Savings, Study, best, ranked
from nni_hpo_ext.study._table import (
    best_intermediate,
    columns_of,
    curve_rows,
    flat_parameters,
    to_csv,
    trial_rows,
)
from nni_hpo_ext.study._text import STYLES, coloured, counts, scores, seconds_of
from nni_hpo_ext.study._trial_log import ServedReport, ServedTrial, TrialLog
from nni_hpo_ext.study._worker_logs import lost_workers, manager_error

__all__ = [
    "DEFINITION_FILE",
    "STYLES",
    "End",
    "ExperimentStore",
    "HeldOutScore",
    "Joined",
    "JournalView",
    "ManagerStatus",
    "Overview",
    "Proposal",
    "Report",
    "RestClient",
    "RestStore",
    "Savings",
    "ServedReport",
    "ServedTrial",
    "Step",
    "Study",
    "TrialLog",
    "TrialRecord",
    "best",
    "best_intermediate",
    "coloured",
    "columns_of",
    "counts",
    "curve_rows",
    "experiments_home",
    "find_experiment",
    "flat_parameters",
    "in_order_of_end",
    "is_served",
    "journal_file",
    "keep_score",
    "keep_stderr",
    "known_experiments",
    "known_url",
    "load_studies",
    "load_study",
    "lost_workers",
    "manager_alive",
    "manager_error",
    "objectives_of",
    "overviews",
    "progress",
    "ranked",
    "reached",
    "read_definition",
    "read_journal",
    "read_running",
    "read_score",
    "read_served",
    "read_study",
    "read_trials",
    "scores",
    "seconds_of",
    "served_record",
    "served_study",
    "show_experiments",
    "show_journal",
    "show_result",
    "study_of_run",
    "to_csv",
    "to_json",
    "trial_rows",
    "trial_stderr",
    "tuner_error",
]
