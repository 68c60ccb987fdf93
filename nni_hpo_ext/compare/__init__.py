"""Compare tuners on finished experiments and simulations."""

from __future__ import annotations

from nni_hpo_ext.compare._formats import as_csv, as_json, show
from nni_hpo_ext.compare._groups import Group, Task, tasks
from nni_hpo_ext.compare._page import as_html, as_markdown
from nni_hpo_ext.compare._results import Comparison, RunResult, TunerStanding, compare

__all__ = [
    "Comparison",
    "Group",
    "RunResult",
    "Task",
    "TunerStanding",
    "as_csv",
    "as_html",
    "as_json",
    "as_markdown",
    "compare",
    "show",
    "tasks",
]
