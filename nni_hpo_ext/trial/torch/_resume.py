"""Save and restore the state of a PyTorch training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nni_hpo_ext.trial.reporting import TrialReport
from nni_hpo_ext.trial.resume import SavedState
from nni_hpo_ext.trial.torch._step import Learner

__all__ = ["keep_state", "restored"]


def keep_state(saved: SavedState, learner: Learner, report: TrialReport, epochs: int) -> None:
    """Save the state after a number of epochs, if it is time to."""
    if not saved.due():
        return
    state = {"epochs": epochs, "report": report.state(), **learner.state()}
    saved.write(lambda path, params: torch.save({**state, "params": params}, path))


def restored(saved: SavedState, learner: Learner) -> tuple[int, dict[str, Any] | None]:
    """Restore a training; return finished epochs and reports.

    0 and None if there is nothing to restore.
    """
    state = saved.read(_read)
    if state is None:
        return 0, None
    learner.restore(state)
    return state["epochs"], state["report"]


def _read(path: Path) -> tuple[dict[str, str], Any]:
    # Weights are copied to the device of the model when they are loaded into it.
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state["params"], state
