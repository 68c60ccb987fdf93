"""Run a study to its end: search, score the best model on the test part, pack it.

``python -m nni_hpo_ext.studio.job FOLDER`` runs the study whose config is ``FOLDER/config.yml``, or
continues it if its experiment has begun.
The studio starts it as a process of its own; the studio may end, and be started again, meanwhile.
"""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.experiment import Limits, RunOptions, run
from nni_hpo_ext.studio.jobs import (
    CONFIG_FILE,
    experiment_directory,
    finish,
    keep_state,
    take_pause,
)

__all__ = ["main"]

_WIDTH = 100
_INTERRUPTED = 130  # exit code of a run that a signal ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run a study; return the exit code."""
    parser = argparse.ArgumentParser(description="Run a study of the studio to its end.")
    parser.add_argument("folder", type=Path, help="folder of the study, with config.yml")
    parser.add_argument("--goal", type=float, help="accuracy that ends the search")
    given = parser.parse_args(argv)
    try:
        return _run(given.folder, given.goal)
    except HpoExtError as error:
        problem = str(error)
    except Exception as error:
        traceback.print_exc()
        problem = repr(error)
    keep_state(given.folder, "failed", problem)
    print(problem, file=sys.stderr)
    return 1


def _run(folder: Path, goal: float | None) -> int:
    earlier = experiment_directory(folder)
    take_pause(folder)  # of a job that was killed
    keep_state(folder, "searching")
    console = Console(width=_WIDTH, markup=False, highlight=False)
    resume = earlier.name if earlier else ""
    options = RunOptions(poll=1.0, limits=Limits(goal=goal), resume=resume)
    code = run(folder / CONFIG_FILE, options, console, console)
    if take_pause(folder) and code == _INTERRUPTED:
        keep_state(folder, "paused")
        return 0
    # A stop ends the search; from now on it is too late for one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_state(folder, "scoring")
    scored = finish(folder)
    rows = len(scored.rows)
    console.print(f"Test part: {scored.accuracy:.4f} of {rows} images; see {folder / 'model.zip'}")
    keep_state(folder, "done", "stopped by the user" if code == _INTERRUPTED else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
