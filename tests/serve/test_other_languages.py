"""The workers in other languages, and the session on the page, work as they are printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from serving import Caller

from nni_hpo_ext.serve import StudyStore

PAGE = Path(__file__).parents[2] / "docs" / "serve.md"
EXAMPLES = Path(__file__).parents[2] / "examples" / "serve"


@pytest.mark.parametrize("command", [["bash", "worker.sh"], ["node", "worker.mjs"]])
def test_a_worker_in_another_language(call: Caller, command: list[str]) -> None:
    for program in (command[0], *(("curl", "jq") if command[0] == "bash" else ())):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    definition = json.loads((EXAMPLES / "parabola.json").read_text())
    definition |= {"tuner": {"name": "RandomSearch"}, "max_trials": 6}
    assert call("PUT", "/parabola", definition).status == 200
    done = subprocess.run(
        [command[0], EXAMPLES / command[1], f"{call.url}/v1/studies/parabola"],
        env={**os.environ, "NNI_HPO_TOKEN": call.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 6
    trials = call("GET", "/parabola/trials").content
    assert {t["status"] for t in trials} <= {"succeeded", "stopped early"}
    assert all(len(t["reports"]) == 4 for t in trials if t["status"] == "succeeded")


def test_the_session_with_curl_on_the_page(call: Caller, store: StudyStore) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    found = re.findall(r"```bash\n(study=.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    session = found[0]
    script = session.replace("http://127.0.0.1:8090", call.url).replace("curl ", "curl -fsS ")
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=store.directory.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.replace("}{", "}\n{").splitlines()
    _, trial, first, second, told, best = map(json.loads, answers)
    assert set(trial) == {"number", "attempt", "params", "lease_seconds"}
    assert [first, second] == [{"decision": "continue", "step": i} for i in range(2)]
    assert told == best
    assert told["values"] == {"accuracy": 0.93}
    assert "0.93" in (store.directory.parent / "report.html").read_text()
