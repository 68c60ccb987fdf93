"""What clients may rely on: each call, its answer, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from serving import SPACE, STUDY, Caller

from nni_hpo_ext.serve import StudyStore
from nni_hpo_ext.serve._models import impossible
from nni_hpo_ext.study import read_served


@pytest.fixture
def study(call: Caller) -> str:
    assert call("PUT", "/demo", STUDY).status == 200
    return "/demo"


def test_a_trial_is_asked_for_reported_and_told(call: Caller, study: str) -> None:
    trial = call("POST", f"{study}/trials").content
    assert (trial["number"], trial["attempt"]) == (0, 0)
    assert 0 <= trial["params"]["lr"] <= 1
    answer = call("POST", f"{study}/trials/0/reports", {"value": 0.5})
    assert answer.content == {"decision": "continue", "step": 0}
    told = call("PUT", f"{study}/trials/0/result", {"values": 0.9}).content
    assert (told["status"], told["values"], told["reports"]) == (
        "succeeded",
        {"default": 0.9},
        [0.5],
    )
    assert call("GET", f"{study}/best").content["number"] == 0
    assert call("GET", study).content["ended"] == 1


def test_a_study_is_created_once(call: Caller, study: str) -> None:
    assert call("PUT", study, STUDY).status == 200
    assert "exists with another seed" in call("PUT", study, {**STUDY, "seed": 2}).detail
    assert call("GET", "").content == ["demo"]


def test_a_drawn_seed_does_not_make_another_study(call: Caller) -> None:
    seedless = {"search_space": SPACE, "tuner": {"name": "RandomSearch"}}
    first, second = (call("PUT", "/s", seedless) for _ in range(2))
    assert first.content == second.content


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"tuner": {"name": "os.system"}}, "tuner.name must be one of"),
    ({"tuner": {"name": "MedianStop"}}, "tuner.name must be one of"),
    ({"tuner": {"name": "nni_hpo_ext.tuners.RandomTuner"}}, "tuner.name must be one of"),
    (
        {
            "tuner": {
                "name": "Diversified",
                "classArgs": {"arms": [{"class": "subprocess.Popen", "args": "id"}]},
            }
        },
        "must not name a class or a file",
    ),
    ({"tuner": {"name": "PBT", "classArgs": {"all_checkpoint_dir": "/tmp/x"}}}, "or a file"),
    ({"tuner": {"name": "Diversified", "classArgs": {"mode": "NONE"}}}, "mode"),
    ({"tuner": {"name": "RandomSearch", "classArgs": {"seed": 3}}}, "classArgs.seed"),
    ({"objectives": {}}, "objectives"),
    ({"objectives": {"a": "maximize", "b": "minimize"}, "tuner": {"name": "TPE"}}, "one objective"),
    ({"objectives": {"a": "upwards"}}, "objectives"),
    ({"search_space": {"lr": {"_type": "uniform", "_value": [1, 0]}}}, "lr"),
    ({"search_space": {"lr": {"_type": "uniform", "_value": [0, float("nan")]}}}, "finite"),
    ({"assessor": {"name": "RandomSearch"}}, "assessor.name must be one of"),
    ({"max_trials": 0}, "max_trials"),
    ({"lease_seconds": float("inf")}, "finite"),
    ({"className": "os.system"}, "className"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED, ids=[r for _, r in REFUSED])
def test_an_unusable_study_is_refused_with_the_reason(
    call: Caller, store: StudyStore, change: dict[str, Any], reason: str
) -> None:
    answer = call("PUT", "/bad", {**STUDY, **change})
    assert answer.status == 422
    assert reason in answer.detail
    assert store.names() == []
    assert [p.name for p in store.directory.iterdir()] == [".token"]


@pytest.mark.parametrize("name", ["..", ".token", "a" * 65, "a%2Fb", "a%00b", "%2e%2e"])
def test_a_name_stays_inside_the_directory(call: Caller, store: StudyStore, name: str) -> None:
    assert call("PUT", f"/{name}", STUDY).status in (401, 404, 405, 422)
    assert store.names() == []


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"values": float("nan")}, "finite"),
        ({"values": {"default": float("-inf")}}, "finite"),
        ({"values": {"other": 1}}, "'default' is missing"),
        ({"values": "high"}, "not a finite number"),
        ({"values": True}, "not a finite number"),
        ({"values": {"default": 1, "maximize": []}}, "contradicts"),
        ({"values": 10**400}, "not a finite number"),
        ({"values": None}, "'default' is None, not a finite number"),
        ({"values": 1, "error": "both"}, "exactly one"),
        ({}, "exactly one"),
        ({"error": ""}, "error"),
        ({"error": "\ud800"}, "Unicode"),
        ({"stopped": False}, "stopped"),
        ({"values": 1, "more": 2}, "more"),
    ],
)
def test_an_unusable_result_is_refused_and_a_usable_one_may_follow(
    call: Caller, study: str, result: dict[str, Any], reason: str
) -> None:
    call("POST", f"{study}/trials")
    answer = call("PUT", f"{study}/trials/0/result", result)
    assert answer.status == 422
    assert reason in answer.detail
    assert call("PUT", f"{study}/trials/0/result", {"values": 1}).status == 200


def test_reports_follow_each_other_and_may_be_repeated(call: Caller, study: str) -> None:
    call("POST", f"{study}/trials")
    path = f"{study}/trials/0/reports"
    for _ in range(2):
        assert call("POST", path, {"value": 0.5, "step": 0}).content["step"] == 0
    assert call("POST", path, {"value": 0.6, "step": 0}).status == 409
    assert "next step of trial 0 is 1" in call("POST", path, {"value": 0.6, "step": 2}).detail
    for _ in range(2):
        assert call("POST", path, {"value": 0.7}, key="again").content["step"] == 1
    assert call("POST", path, {"value": None}).content["step"] == 2  # a value that diverged
    assert call("POST", path, {"value": {"other": 1}}).status == 422
    assert call("POST", path, {"value": float("nan")}).status == 422
    assert call("GET", f"{study}/trials/0").content["reports"] == [0.5, 0.7, None]


def test_a_result_is_told_once(call: Caller, study: str) -> None:
    call("POST", f"{study}/trials")
    path = f"{study}/trials/0/result"
    assert [call("PUT", path, {"values": 1.5}).status for _ in range(2)] == [200, 200]
    assert call("PUT", path, {"values": 2}).status == 409
    assert call("PUT", path, {"error": "no"}).status == 409
    assert call("POST", f"{study}/trials/0/reports", {"value": 1}).status == 409


def test_the_same_key_gives_the_same_trial(call: Caller, study: str) -> None:
    first, again, other = (call("POST", f"{study}/trials", key=k).content for k in "aab")
    assert first == again
    assert other["number"] == 1


def test_a_configuration_of_ones_own_must_lie_in_the_space(call: Caller, study: str) -> None:
    answer = call("POST", f"{study}/trials", {"params": {"lr": 2, "n": 3}})
    assert answer.status == 422
    assert "lr" in answer.detail
    trial = call("POST", f"{study}/trials", {"params": {"lr": 0.5, "n": 3}}).content
    assert trial["params"] == {"lr": 0.5, "n": 3}
    assert call("PUT", f"{study}/trials/0/result", {"values": 1}).status == 200


def test_a_failure_is_kept_with_its_reason(call: Caller, study: str) -> None:
    call("POST", f"{study}/trials")
    told = call("PUT", f"{study}/trials/0/result", {"error": "out of memory"}).content
    assert (told["status"], told["reason"]) == ("failed", "out of memory")
    assert call("GET", f"{study}/best").status == 404


def test_a_study_ends_after_its_last_trial(call: Caller) -> None:
    call("PUT", "/short", {**STUDY, "max_trials": 1})
    call("POST", "/short/trials")
    assert call("POST", "/short/trials").status == 409  # it runs, and may be given back
    call("PUT", "/short/trials/0/result", {"values": 1})
    answer = call("POST", "/short/trials")
    assert (answer.status, answer.detail) == (410, "no more trials: max_trials is 1")


def test_a_finite_space_is_tried_once(call: Caller) -> None:
    space = {"a": {"_type": "choice", "_value": [1, 2, 3]}}
    call("PUT", "/grid", {**STUDY, "search_space": space})
    asked = [call("POST", "/grid/trials").content["params"]["a"] for _ in range(3)]
    assert sorted(asked) == [1, 2, 3]
    for number in range(3):
        call("PUT", f"/grid/trials/{number}/result", {"values": 1})
    assert call("POST", "/grid/trials").status == 410


def test_several_objectives_have_a_front(call: Caller) -> None:
    goals = {"accuracy": "maximize", "seconds": "minimize"}
    call("PUT", "/two", {**STUDY, "tuner": {"name": "Diversified"}, "objectives": goals})
    for number, values in enumerate([(0.9, 9), (0.8, 5), (0.7, 7)]):
        call("POST", "/two/trials")
        result = {"values": dict(zip(goals, values, strict=True))}
        assert call("PUT", f"/two/trials/{number}/result", result).status == 200
    assert [t["number"] for t in call("GET", "/two/front").content] == [0, 1]
    answer = call("PUT", "/two/trials/0/result", {"values": {"accuracy": 1}})
    assert answer.status in (409, 422)


@pytest.mark.parametrize("name", ["MedianStop", "CompoundStop", "Medianstop"])
def test_an_assessor_stops_a_hopeless_trial(call: Caller, name: str) -> None:
    arguments = {"min_completed": 1} if name != "Medianstop" else {}
    if name == "CompoundStop":
        arguments["max_epochs"] = 4
    assessor = {"name": name, "classArgs": arguments}
    call("PUT", "/s", {**STUDY, "assessor": assessor})
    for number in range(4):
        call("POST", "/s/trials")
        for step in range(4):
            call("POST", f"/s/trials/{number}/reports", {"value": 0.9 + step / 100})
        call("PUT", f"/s/trials/{number}/result", {"values": 0.95})
    call("POST", "/s/trials")
    answers = [
        call("POST", "/s/trials/4/reports", {"value": 0.01 * step}).content for step in range(4)
    ]
    assert "stop" in {answer["decision"] for answer in answers}
    told = call("PUT", "/s/trials/4/result", {"stopped": True}).content
    assert (told["status"], told["values"]) == ("stopped early", {"default": 0.03})


def test_the_report_is_a_page(call: Caller, study: str) -> None:
    url, headers = f"{call.url}/v1/studies/demo/report", {"Authorization": f"Bearer {call.token}"}
    assert requests.get(url, headers=headers, timeout=60).status_code == 409
    call("POST", f"{study}/trials")
    call("PUT", f"{study}/trials/0/result", {"values": 1})
    response = requests.get(url, headers=headers, timeout=60)
    assert response.headers["content-type"].startswith("text/html")
    assert "demo" in response.text


def test_the_interface_is_described(call: Caller) -> None:
    described = requests.get(f"{call.url}/openapi.json", timeout=60).json()
    page = requests.get(f"{call.url}/", timeout=60).text
    for path in described["paths"]:
        assert path in page
    assert "<script" not in page


def test_unreadable_json_is_refused(call: Caller, study: str) -> None:
    headers = {"Authorization": f"Bearer {call.token}", "Content-Type": "application/json"}
    for text in ("{", "[" * 5000, '{"values": 1e999}', '{"values": ' + "9" * 5000 + "}"):
        url = f"{call.url}/v1/studies/demo/trials/0/result"
        assert requests.put(url, data=text, headers=headers, timeout=60).status_code in (400, 422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_what_passes_can_be_written_as_standard_json(content: Any) -> None:
    import json

    try:
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        assert impossible(content)
    else:
        assert not impossible(content)


def test_a_study_on_the_disk_reads_as_over_http(
    call: Caller, store: StudyStore, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_HPO_TOKEN", call.token)
    for number in range(3):
        call("POST", f"{study}/trials")
        call("POST", f"{study}/trials/{number}/reports", {"value": number})
    call("PUT", f"{study}/trials/0/result", {"values": 1})
    call("PUT", f"{study}/trials/1/result", {"error": "broken"})
    here = read_served(str(store.directory / "demo"))
    there = read_served(f"{call.url}/v1/studies/demo")
    assert here.trials == there.trials
    assert [t.end.value for t in here.trials] == ["succeeded", "failed", "running"]
    assert all(t.proposal is not None for t in here.trials)
    assert Path(here.place).name == "demo"
