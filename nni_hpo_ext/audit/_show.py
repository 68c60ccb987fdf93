"""Verdicts as a table that fits 80 columns, and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.audit._judge import Verdict
from nni_hpo_ext.audit._recording import Recording

__all__ = ["show_audit", "to_json"]


def show_audit(recording: Recording, verdicts: Sequence[Verdict], console: Console) -> None:
    """Print what was replayed, a line for each rule, and how to read it.

    Parameters
    ----------
    recording
        What was replayed.
    verdicts
        What each rule would have done.
    console
        Where to print.
    """
    goal, steps = recording.objective, recording.steps
    hours = f", {recording.seconds / 3600:.3g} h" if recording.timed else ""
    overlap = (
        "each started when it was"
        if recording.workers is None
        else f"{recording.workers} at a time"
    )
    console.print(f"{recording.name}: {len(recording.trials)} trials, {steps} epochs{hours}")
    console.print(f"Replayed by {goal.name} ({goal.direction}), {overlap}")
    console.print(_winner(recording))
    console.print(_table(recording, verdicts))
    console.print("An epoch is an intermediate report; rank 1 is the best final value of all.")


def _winner(recording: Recording) -> str:
    if not recording.ranking:
        return "No trial has a final value: only savings can be told"
    best = recording.ranking[0]
    partial = len(recording.trials) - len(recording.finals)
    note = f"; {partial} trials failed or were stopped then" if partial else ""
    return f"Winner: trial {best} with {recording.finals[best]:.6g}{note}"


def _table(recording: Recording, verdicts: Sequence[Verdict]) -> Table:
    table = Table()
    table.add_column("rule", overflow="fold", ratio=1)
    table.add_column("trials\nstopped", justify="right")
    table.add_column("epochs\nsaved", justify="right")
    if recording.timed:
        table.add_column("hours\nsaved", justify="right")
    table.add_column("best\nrank left", justify="right")
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
    """Return recording and verdicts as plain JSON values."""
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
