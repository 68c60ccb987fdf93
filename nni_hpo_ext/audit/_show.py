"""Show verdicts as a table of 80 columns, and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.audit._judge import Verdict
from nni_hpo_ext.audit._recording import Recording

__all__ = ["show_audit", "to_json", "winner_line"]


def show_audit(recording: Recording, verdicts: Sequence[Verdict], console: Console) -> None:
    """Print a summary of the recording, and a table with a row for each rule.

    Parameters
    ----------
    recording
        The recording.
    verdicts
        The result of each rule.
    console
        Where to print.

    Examples
    --------
    >>> from rich.console import Console
    >>> from nni_hpo_ext.audit import Recording, Setting, audit, show_audit
    >>> from nni_hpo_ext.types import Objective
    >>> goal = Objective("accuracy", "maximize")
    >>> recording = Recording.of_curves("toy", [[0.1, 0.9], [0.2, 0.3]], goal, workers=1)
    >>> verdicts = [audit(recording, Setting("median"))]
    >>> show_audit(recording, verdicts, Console())  # doctest: +ELLIPSIS
    toy: 2 trials, 4 epochs
    Replayed by accuracy (maximize), workers: 1
    Winner: trial 0 with 0.9
    ...
    """
    goal, steps = recording.objective, recording.steps
    hours = f", {recording.seconds / 3600:.3g} h" if recording.timed else ""
    overlap = (
        "each trial at its recorded start"
        if recording.workers is None
        else f"workers: {recording.workers}"
    )
    console.print(f"{recording.name}: {len(recording.trials)} trials, {steps} epochs{hours}")
    console.print(f"Replayed by {goal.name} ({goal.direction}), {overlap}")
    console.print(winner_line(recording))
    console.print(_table(recording, verdicts))
    console.print("An epoch is one intermediate result; rank 1 is the best final value.")


def winner_line(recording: Recording) -> str:
    """Return the winner of a recording in a sentence."""
    if not recording.ranking:
        return "No trial has a final value: only savings are shown"
    best = recording.ranking[0]
    partial = len(recording.trials) - len(recording.finals)
    note = f"; {partial} trials failed or were stopped in the recording" if partial else ""
    return f"Winner: trial {best} with {recording.finals[best]:.6g}{note}"


def _table(recording: Recording, verdicts: Sequence[Verdict]) -> Table:
    table = Table()
    table.add_column("rule", overflow="fold", ratio=1)
    table.add_column("trials\nstopped", justify="right")
    table.add_column("epochs\nsaved", justify="right")
    if recording.timed:
        table.add_column("hours\nsaved", justify="right")
    table.add_column("best\nrank kept", justify="right")
    table.add_column("regret", justify="right")
    table.add_column("winner", justify="right")
    if recording.front:
        table.add_column("front\nstopped", justify="right")
    for verdict in verdicts:
        cells = [str(verdict.setting), str(verdict.stopped)]
        cells.append(f"{100 * verdict.steps_saved / recording.steps:.1f} %")
        if recording.timed:
            cells.append(f"{verdict.seconds_saved / 3600:.3g}")
        cells += [_or_dash(verdict.best_rank, "d"), _or_dash(verdict.regret, ".3g")]
        cells.append(_fate(recording, verdict))
        if recording.front:
            cells.append(f"{verdict.front_stopped} of {len(recording.front)}")
        table.add_row(*map(Text, cells))
    return table


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _fate(recording: Recording, verdict: Verdict) -> str:
    if not recording.ranking:
        return "-"
    return "KILLED" if verdict.winner_killed else "kept"


def to_json(recording: Recording, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return a recording and its verdicts as plain JSON values.

    Examples
    --------
    >>> from nni_hpo_ext.audit import Recording, Setting, audit, to_json
    >>> from nni_hpo_ext.types import Objective
    >>> goal = Objective("accuracy", "maximize")
    >>> recording = Recording.of_curves("toy", [[0.1, 0.9], [0.2, 0.3]], goal, workers=1)
    >>> content = to_json(recording, [audit(recording, Setting("median"))])
    >>> content["winner"], content["rules"][0]["stopped"]
    ('0', 0)
    """
    return {
        "source": recording.name,
        "objective": dataclasses.asdict(recording.objective),
        "trials": len(recording.trials),
        "steps": recording.steps,
        "seconds": recording.seconds if recording.timed else None,
        "winner": recording.ranking[0] if recording.ranking else None,
        "front": sorted(recording.front),
        "rules": [_as_json(v, recording) for v in verdicts],
    }


def _as_json(verdict: Verdict, recording: Recording) -> dict[str, Any]:
    return {
        "rule": verdict.setting.rule,
        "arguments": dict(verdict.setting.arguments),
        "stopped": verdict.stopped,
        "steps_saved": verdict.steps_saved,
        "saved_fraction": verdict.steps_saved / recording.steps,
        "seconds_saved": verdict.seconds_saved if recording.timed else None,
        "best_rank": verdict.best_rank,
        "regret": verdict.regret,
        "front_stopped": verdict.front_stopped if recording.front else None,
        "winner_killed": verdict.winner_killed if recording.ranking else None,
        "cuts": {r.trial.name: r.steps for r in verdict.replayed if r.stopped},
    }
