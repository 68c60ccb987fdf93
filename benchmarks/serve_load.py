"""Load `nni-hpo serve` with many studies and workers, and measure what an ask takes.

    python benchmarks/serve_load.py --studies 50 --workers 4 --tuner RandomSearch
    python benchmarks/serve_load.py --studies 10 --workers 2 --tuner Diversified --trials 10

The service runs in a process of its own; the workers are threads of this one. A worker asks,
pauses for ``--pause`` seconds, which stands for the training, reports once and tells. Printed are
the time from request to answer on the wall clock, which depends on what else the machine does; the
processor time of the service per call, and that of each of some further asks, one after the other,
which do not depend on it; and the largest memory of the service.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from nni_hpo_ext.client import StudyClient

SINGLE_ASKS = 40

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-5, 1e-1]},
    "units": {"_type": "randint", "_value": [8, 512]},
    "dropout": {"_type": "uniform", "_value": [0, 0.5]},
    "optimizer": {"_type": "choice", "_value": ["adam", "sgd", "rmsprop"]},
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4, help="per study")
    parser.add_argument("--trials", type=int, default=2, help="per worker")
    parser.add_argument("--tuner", default="RandomSearch")
    parser.add_argument("--pause", type=float, default=1.0)
    return parser.parse_args()


def work(client: StudyClient, trials: int, pause: float, seed: int) -> list[float]:
    """Run trials; return the seconds of each ask."""
    rng, seconds = np.random.default_rng(seed), list[float]()
    time.sleep(rng.uniform(0, 2 * pause))  # workers do not start at the same moment
    for _ in range(trials):
        started = time.perf_counter()
        trial = client.ask()
        assert trial is not None
        seconds.append(time.perf_counter() - started)
        time.sleep(rng.uniform(0, 2 * pause))
        value = -((trial.params["dropout"] - 0.2) ** 2)
        client.report(trial, 0, value)
        client.tell(trial, {"values": value})
    return seconds


def main() -> None:
    """Start the service, load it and print the measurements."""
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nni_hpo_ext", "serve", "--port", "0"]
        service = subprocess.Popen(
            [*command, "--directory", folder], stdout=subprocess.PIPE, text=True
        )
        assert service.stdout is not None
        try:
            url = service.stdout.readline().split()[0]
            print(json.dumps(measure(given, url, Path(folder, ".token"), service.pid), indent=2))
        finally:
            service.terminate()
            service.wait()


def measure(given: argparse.Namespace, url: str, token: Path, pid: int) -> dict[str, object]:
    """Create the studies, run all workers and return the measurements."""
    key = token.read_text()
    names = [f"study-{i}" for i in range(given.studies)]
    for seed, name in enumerate(names):
        definition = {
            "search_space": SPACE,
            "tuner": {"name": given.tuner},
            "seed": seed,
            "max_trials": given.workers * given.trials + SINGLE_ASKS,
        }
        StudyClient(url, name, key).create(definition)
    before, started = cpu_seconds(pid), time.perf_counter()
    clients = [StudyClient(url, name, key) for name in names for _ in range(given.workers)]
    with ThreadPoolExecutor(len(clients)) as pool:
        found = pool.map(
            lambda i: work(clients[i], given.trials, given.pause, i), range(len(clients))
        )
        asks = np.array([seconds for of_one in found for seconds in of_one])
    calls, used = 3 * len(asks), cpu_seconds(pid) - before
    singles = [cpu_of_ask(StudyClient(url, names[0], key), pid) for _ in range(SINGLE_ASKS)]
    return {
        "studies": given.studies,
        "workers": len(clients),
        "tuner": given.tuner,
        "asks": len(asks),
        "seconds": round(time.perf_counter() - started, 1),
        "load_average": round(psutil.getloadavg()[0], 1),
        "ask_p50_seconds": round(float(np.quantile(asks, 0.5)), 3),
        "ask_p95_seconds": round(float(np.quantile(asks, 0.95)), 3),
        "cpu_milliseconds_per_call": round(1000 * used / calls, 1),
        "ask_p95_cpu_milliseconds": round(1000 * float(np.quantile(singles, 0.95)), 1),
        "peak_memory_mb": round(peak_memory_mb(pid), 1),
    }


def cpu_of_ask(client: StudyClient, pid: int) -> float:
    """Ask for a trial; return the processor time of the service, in seconds."""
    before = cpu_seconds(pid)
    client.ask()
    return cpu_seconds(pid) - before


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process: in nanoseconds' steps on Linux, else in ticks."""
    tasks = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if tasks:
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    return sum(psutil.Process(pid).cpu_times()[:2])


def peak_memory_mb(pid: int) -> float:
    """Return the largest resident memory of a process so far (Linux), else the present one."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


if __name__ == "__main__":
    main()
