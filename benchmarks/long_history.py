"""Measure CPU time and memory of suggestions after many trials, and of resuming from a journal.

Each tuner runs in a separate process, with 20 parameters of all types and one objective.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from nni_hpo_ext import tuners
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import SPACES

SPACE = SPACES["20 mixed"]


def cpu_seconds(call: Callable[[], Any]) -> float:
    """Return the CPU time of the process during a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def run(name: str, n: int) -> dict[str, float]:
    """Measure a tuner that learns ``n`` random trials, suggests more, and resumes."""
    make = getattr(tuners, name)
    space, rng = SearchSpace(SPACE), np.random.default_rng(0)
    X = space.sample(n, rng)
    rows = [
        {"parameter": space.decode(u), "value": float(np.sin(3 * u[0]) + u[1] * u[2])} for u in X
    ]
    tuner = make(seed=0)
    tuner.update_search_space(SPACE)
    learning = cpu_seconds(lambda: tuner.import_data(rows))
    suggesting = [cpu_seconds(lambda i=i: tuner.generate_parameters(i)) for i in range(8)]
    again = make(seed=0)

    def resume() -> None:
        again.load_checkpoint()
        again.update_search_space(SPACE)
        again.import_data(rows)

    back = cpu_seconds(resume)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"learning": learning, "worst": max(suggesting), "back": back, "memory": memory}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--tuners", nargs="+", default=sorted(tuners.__all__))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run(arguments.one, arguments.trials)))
        return
    table = Table("tuner", "learn all, s", "suggest, worst of 8, s", "resume, s", "peak, MiB")
    for name in arguments.tuners:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--one", name, "--trials", str(arguments.trials)]
            environment = {**os.environ, "NNI_CHECKPOINT_DIRECTORY": folder}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            table.add_row(name, done.stderr.strip().splitlines()[-1])
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        table.add_row(
            name,
            *(f"{found[key]:.2f}" for key in ("learning", "worst", "back")),
            f"{found['memory']:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
