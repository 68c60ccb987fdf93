"""What one trial did, in a few lines."""

from __future__ import annotations

import json

from nni_hpo_ext.check._trial import TrialRun
from nni_hpo_ext.render.text import printable

__all__ = ["describe_trial", "trial_problem"]


def trial_problem(run: TrialRun) -> str:
    """Return what is wrong with a trial; empty if nothing is."""
    if run.exit_code is None:
        return ""
    if run.exit_code:
        return f"failed with exit code {run.exit_code} after {run.seconds:.1f} s"
    return run.problem


def describe_trial(run: TrialRun) -> list[str]:
    """Return lines about a trial: parameters, reports, time, and the end of its output if bad."""
    lines = [f"  trial with {json.dumps(run.params)}", f"  reported: {_reported(run)}"]
    problem = trial_problem(run)
    if problem:
        said = [f"    {printable(line)}" for line in run.said.splitlines()]
        return [*lines, f"  trial: {problem}", *(["  its last lines:", *said] if said else [])]
    if run.exit_code is None:
        ended = f"still running after {run.seconds:.0f} s, ended; more: --trial-limit SECONDS"
        return [*lines, f"  trial: {ended}"]
    return [*lines, f"  trial: fine, {run.seconds:.1f} s"]


def _reported(run: TrialRun) -> str:
    parts = []
    if run.intermediate:
        number = len(run.intermediate)
        noun = "intermediate result" if number == 1 else "intermediate results"
        parts.append(f"{number} {noun}, the last one {run.intermediate[-1]!r:.80}")
    if run.final:
        parts.append(f"final result {run.final[-1]!r:.80}")
    return "; ".join(parts) or "nothing"
