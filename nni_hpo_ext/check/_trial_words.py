"""Describe one trial in a few lines."""

from __future__ import annotations

import json

from nni_hpo_ext.check._trial import TrialRun
from nni_hpo_ext.render.text import printable

__all__ = ["describe_trial", "trial_problem"]


def trial_problem(run: TrialRun) -> str:
    """Return what is wrong with a trial; empty if nothing is.

    Examples
    --------
    >>> trial = TrialRun({"lr": 0.1}, (), (), exit_code=1, seconds=2.5, said="out of memory")
    >>> trial_problem(trial)
    'failed with exit code 1 after 2.5 s'
    """
    if run.exit_code is None:
        return ""
    if run.exit_code:
        return f"failed with exit code {run.exit_code} after {run.seconds:.1f} s"
    return run.problem


def describe_trial(run: TrialRun) -> list[str]:
    """Describe a trial: parameters, reports, duration, and the end of its output if it failed.

    Examples
    --------
    >>> trial = TrialRun({"lr": 0.1}, (0.8, 0.9), (0.9,), exit_code=0, seconds=2.5, said="")
    >>> for line in describe_trial(trial):
    ...     print(line.strip())
    trial with {"lr": 0.1}
    reported: 2 intermediate results, the last one 0.9; final result 0.9
    trial: succeeded in 2.5 s
    """
    lines = [f"  trial with {json.dumps(run.params)}", f"  reported: {_reported(run)}"]
    problem = trial_problem(run)
    if problem:
        output = [f"    {printable(line)}" for line in run.said.splitlines()]
        return [*lines, f"  trial: {problem}", *(["  its last lines:", *output] if output else [])]
    if run.exit_code is None:
        stopped = f"still running after {run.seconds:.0f} s, stopped; raise --trial-limit"
        return [*lines, f"  trial: {stopped}"]
    return [*lines, f"  trial: succeeded in {run.seconds:.1f} s"]


def _reported(run: TrialRun) -> str:
    parts = []
    if run.intermediate:
        number = len(run.intermediate)
        noun = "intermediate result" if number == 1 else "intermediate results"
        parts.append(f"{number} {noun}, the last one {run.intermediate[-1]!r:.80}")
    if run.final:
        parts.append(f"final result {run.final[-1]!r:.80}")
    return "; ".join(parts) or "nothing"
