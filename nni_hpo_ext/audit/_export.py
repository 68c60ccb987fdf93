"""Verdicts as JSON, for scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from nni_hpo_ext.audit._judge import Verdict
from nni_hpo_ext.audit._recording import Recording

__all__ = ["to_json"]


def to_json(recording: Recording, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return recording and verdicts as plain JSON values."""
    return {
        "source": recording.name,
        "objective": dataclasses.asdict(recording.objective),
        "trials": len(recording.trials),
        "steps": recording.steps,
        "seconds": recording.seconds if recording.timed else None,
        "winner": recording.ranking[0] if recording.ranking else None,
        "rules": [_verdict(v, recording) for v in verdicts],
    }


def _verdict(verdict: Verdict, recording: Recording) -> dict[str, Any]:
    return {
        "rule": verdict.setting.rule,
        "arguments": dict(verdict.setting.arguments),
        "stopped": verdict.stopped,
        "steps_saved": verdict.steps_saved,
        "saved_fraction": verdict.steps_saved / recording.steps,
        "seconds_saved": verdict.seconds_saved if recording.timed else None,
        "best_rank": verdict.best_rank,
        "regret": verdict.regret,
        "winner_killed": verdict.winner_killed if recording.ranking else None,
        "cuts": {r.trial.name: r.steps for r in verdict.replayed if r.stopped},
    }
