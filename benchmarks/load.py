"""Run many short trials through a real NNI experiment and count the results that arrive.

The trial uses NNI's protocol without importing NNI, which takes a second of CPU. It waits a second
instead: NNI's manager drops reports of a trial that it has not registered yet.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

TRIAL = """
import http.client, json, os, time
from urllib.parse import urlsplit

url = urlsplit(os.environ["NNI_TRIAL_COMMAND_CHANNEL"])

def call(method, command=None):
    connection = http.client.HTTPConnection(url.netloc)
    body = command and json.dumps(command)
    connection.request(method, url.path, body, {"Content-Type": "application/json"})
    return connection.getresponse().read()

call("PUT", {"type": "request_parameter"})
form = json.loads(json.loads(call("GET"))["parameter"])
params = form["parameters"]
time.sleep(1.0)
metric = {
    "parameter_id": form["parameter_id"],
    "trial_job_id": os.environ["NNI_TRIAL_JOB_ID"],
    "type": "FINAL",
    "sequence": 0,
    "value": json.dumps(params["x"] - params["y"] ** 2),
}
call("PUT", {"type": "metric", "metric": json.dumps(metric)})
"""


def config(tuner: str, trials: int, concurrency: int, directory: Path) -> dict[str, Any]:
    """Return the config of the experiment."""
    return {
        "experimentName": f"load {tuner}",
        "experimentWorkingDirectory": str(directory),
        "searchSpace": {
            "x": {"_type": "uniform", "_value": [0, 1]},
            "y": {"_type": "uniform", "_value": [-1, 1]},
            "option": {"_type": "choice", "_value": ["a", "b", "c"]},
        },
        "trialCommand": "exec python3 -S -E trial.py",
        "trialCodeDirectory": str(directory),
        "trialConcurrency": concurrency,
        "maxTrialNumber": trials,
        "tuner": {
            "className": f"nni_hpo_ext.tuners.{tuner}",
            "codeDirectory": str(directory),
            "classArgs": {"seed": 0},
        },
        "trainingService": {"platform": "local"},
    }


def measure(tuner: str, trials: int, concurrency: int, console: Console) -> list[str]:
    """Run an experiment and return its row of the table."""
    from nni_hpo_ext.experiment import RunOptions, run
    from nni_hpo_ext.journal import TUNER_FILE, read_events
    from nni_hpo_ext.study import ExperimentStore

    with tempfile.TemporaryDirectory(prefix="nni-load-") as folder:
        directory = Path(folder)
        os.environ["NNI_CONFIG_DIR"] = str(directory / "nni")
        (directory / "trial.py").write_text(TRIAL)
        path, summary = directory / "config.yml", directory / "result.json"
        path.write_text(yaml.safe_dump(config(tuner, trials, concurrency, directory)))
        started = time.monotonic()
        run(path, RunOptions(json=summary, poll=5.0), Console(stderr=True, quiet=True), console)
        seconds = time.monotonic() - started
        experiment = Path(json.loads(summary.read_text())["directory"])
        events = list(read_events(experiment / "checkpoint" / TUNER_FILE))
        reported = len(ExperimentStore(experiment).metrics(final_only=True))
    learned = sum(e["event"] == "result" for e in events)
    thinking = sum(e["seconds"] for e in events if e["event"] == "suggest")
    share = f"{thinking / seconds:.1%}"
    return [tuner, str(reported), str(learned), f"{seconds:.0f}", f"{thinking:.1f}", share]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--tuners", nargs="+", default=["RandomTuner", "ParzenTuner"])
    arguments = parser.parse_args()
    console = Console()
    table = Table("tuner", "reported", "learned", "seconds", "of these in the tuner", "share")
    for tuner in arguments.tuners:
        table.add_row(*measure(tuner, arguments.trials, arguments.concurrency, console))
    console.print(table)


if __name__ == "__main__":
    main()
