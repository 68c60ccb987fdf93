"""Load `nni-hpo serve` with many studies and workers, and measure what an ask takes.

    python benchmarks/serve_load.py --studies 50 --workers 4 --tuner RandomSearch
    python benchmarks/serve_load.py --studies 10 --workers 2 --tuner Diversified --trials 20

The service runs in a process of its own; the workers are threads of this one. A worker asks, reports
once, tells, and pauses for ``--pause`` seconds, which stands for the training. Printed are the time
from request to answer on the wall clock, which depends on what else the machine does, the processor
time of the service per call, which does not, and its largest memory.
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

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-5, 1e-1]},
    "units": {"_type": "randint", "_value": [8, 512]},
    "dropout": {"_type": "uniform", "_value": [0, 0.5]},
    "optimizer": {"_type": "choice", "_value": ["adam", "sgd", "rmsprop"]},
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4, help="per study")
    parser.add_argument("--trials", type=int, default=10, help="per study")
    parser.add_argument("--tuner", default="RandomSearch")
    parser.add_argument("--pause", type=float, default=1.0)
    return parser.parse_args()


def work(client: StudyClient, pause: float) -> list[float]:
    """Run trials until there are no more; return the seconds of each ask."""
    seconds = []
    while True:
        started = time.perf_counter()
        trial = client.ask(wait=False)
        if trial is None:
            return seconds
        seconds.append(time.perf_counter() - started)
        time.sleep(pause)
        value = -((trial.params["dropout"] - 0.2) ** 2)
        client.report(trial, 0, value)
        client.tell(trial, {"values": value})


def main() -> None:
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
    process, key = psutil.Process(pid), token.read_text()
    names = [f"study-{i}" for i in range(given.studies)]
    for seed, name in enumerate(names):
        definition = {
            "search_space": SPACE,
            "tuner": {"name": given.tuner},
            "seed": seed,
            "max_trials": given.trials,
        }
        StudyClient(url, name, key).create(definition)
    before, started = sum(process.cpu_times()[:2]), time.perf_counter()
    clients = [StudyClient(url, name, key) for name in names for _ in range(given.workers)]
    with ThreadPoolExecutor(len(clients)) as pool:
        found = pool.map(lambda client: work(client, given.pause), clients)
        asks = np.array([seconds for of_one in found for seconds in of_one])
    calls = 3 * len(asks)
    return {
        "studies": given.studies,
        "workers": len(clients),
        "tuner": given.tuner,
        "asks": len(asks),
        "seconds": round(time.perf_counter() - started, 1),
        "load_average": round(psutil.getloadavg()[0], 1),
        "ask_p50_seconds": round(float(np.quantile(asks, 0.5)), 3),
        "ask_p95_seconds": round(float(np.quantile(asks, 0.95)), 3),
        "cpu_milliseconds_per_call": round(
            1000 * (sum(process.cpu_times()[:2]) - before) / calls, 1
        ),
        "peak_memory_mb": round(peak_memory_mb(pid), 1),
    }


def peak_memory_mb(pid: int) -> float:
    """Return the largest resident memory of a process so far (Linux), else the present one."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


if __name__ == "__main__":
    main()
