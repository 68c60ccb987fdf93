"""When a study may be paused and continued."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from studies import add_experiment

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore


@pytest.fixture
def study(store: StudioStore) -> int:
    return add_experiment(store, store.add_set("colours", "upload"), lambda model: 0.5, n=2)[0]


@pytest.mark.parametrize("phase", ["starting", "paused", "scoring", "done", "failed"])
def test_only_a_search_that_runs_is_paused(
    client: TestClient, store: StudioStore, study: int, phase: str
) -> None:
    keep_state(store.study_folder(study), phase)
    answer = client.post(f"/study/{study}/pause")
    assert (answer.status_code, "not searching" in answer.text) == (422, True)


def test_a_study_that_has_no_experiment_yet_is_not_paused(
    client: TestClient, store: StudioStore
) -> None:
    number = store.add_study(store.add_set("colours", "upload"), "colours", {})
    keep_state(store.study_folder(number), "starting")
    assert "still starting" in client.post(f"/study/{number}/pause").text


@pytest.mark.parametrize("phase", ["searching", "scoring", "done"])
def test_only_a_paused_study_is_continued(
    client: TestClient, store: StudioStore, study: int, phase: str
) -> None:
    keep_state(store.study_folder(study), phase)
    answer = client.post(f"/study/{study}/continue")
    assert (answer.status_code, "is not paused" in answer.text) == (422, True)


def test_a_paused_study_offers_to_continue(
    client: TestClient, store: StudioStore, study: int
) -> None:
    keep_state(store.study_folder(study), "paused")
    page = client.get(f"/study/{study}").text
    assert 'id="continue">' in page
    assert 'id="stop" hidden' in page
    state = client.get(f"/study/{study}/state").json()
    assert (state["phase"], state["left"]) == ("paused", None)
