"""The pages of the studio: who may open them, upload, data, a new study."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from pictures import encoded, picture, write_classes
from starlette.testclient import TestClient
from visits import BASE, imported, read

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore, create_studio


def test_the_token_in_the_address_becomes_a_cookie(store: StudioStore) -> None:
    with TestClient(create_studio(store), BASE) as client:
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        answer = client.get(f"/?token={store.token}", follow_redirects=False)
        assert answer.headers["location"] == "/"
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"origin": "http://evil.example"}, 403),
     ({"origin": "null"}, 403), ({"origin": "http://localhost:1234"}, 403)],
)  # fmt: skip
def test_requests_of_other_sites_are_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert (
        client.post("/data/add", data={"example": "digits"}, headers=headers).status_code == status
    )


@pytest.mark.parametrize("path", ["/", "/models", "/static/studio.js", "/data/7", "/study/7"])
def test_nothing_is_loaded_from_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/static/../_app.py", "/static/%2e%2e/_app.py", "/data/7/picture/0", "/data/x", "/study/9"],
)
def test_what_does_not_exist_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_an_uploaded_zip_file_becomes_a_page_with_counts(client: TestClient, archive: Path) -> None:
    path = imported(client, archive)
    page = client.get(path).text
    assert "<b>90</b>" in page
    assert "Find the best model" in page
    picture_of = client.get(f"{path}/picture/3")
    assert picture_of.headers["content-type"] == "image/png"
    assert client.get(f"{path}/picture/9999").status_code == 404


def test_a_hostile_upload_is_refused_with_the_reason(
    client: TestClient, store: StudioStore
) -> None:
    answer = client.post("/data/upload", content=b"no zip", headers={"x-name": "../../x%00.zip"})
    state = read(client, answer.json()["url"])
    assert state["state"] == "failed"
    assert "not a usable zip file" in state["message"]
    assert "not a usable zip file" in client.get("/").text
    assert {p.name for p in store.directory.parent.iterdir()} == {"studio"}


def test_a_class_with_a_hostile_name_is_shown_as_text(client: TestClient, tmp_path: Path) -> None:
    write_classes(tmp_path / "set", 20, ["<img src=x onerror=alert(1)>", "plain"])
    client.post("/data/add", data={"folder": str(tmp_path / "set")})
    read(client, "/data/1")
    page = client.get("/data/1").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_a_folder_that_does_not_exist_is_refused(client: TestClient) -> None:
    answer = client.post("/data/add", data={"folder": "relative/path"})
    assert answer.status_code == 422
    assert "not a folder on this machine" in answer.text


def test_an_import_that_was_interrupted_goes_on(store: StudioStore, tmp_path: Path) -> None:
    number = store.add_set("colours", str(write_classes(tmp_path / "set", 20)))
    with TestClient(create_studio(store), BASE) as client:  # a studio after a kill
        client.get(f"/?token={store.token}")
        assert read(client, f"/data/{number}")["state"] == "ready"


def test_duplicates_are_left_out_and_taken_back(client: TestClient, tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "set", 20)
    (folder / "red" / "copy.png").write_bytes(encoded(picture("red", 0)))
    client.post("/data/add", data={"folder": str(folder)})
    read(client, "/data/1")
    assert "<b>60</b>" in client.post("/data/1/duplicates", data={"action": "out"}).text
    assert "<b>61</b>" in client.post("/data/1/duplicates", data={"action": "in"}).text


def test_the_choices_are_shown_as_a_config_with_findings(client: TestClient, archive: Path) -> None:
    path = imported(client, archive)
    assert "Support vector machine" in client.get(f"{path}/new").text
    found = client.post(f"{path}/check", data={"models": ["svm"], "minutes": "2"}).json()
    assert yaml.safe_load(found["yaml"])["maxExperimentDuration"] == "120s"
    found = client.post(f"{path}/check", data={"yaml": "trialConcurrency: 0"}).json()
    assert any("trialConcurrency" in line for line in found["findings"])


@pytest.mark.parametrize(
    ("choices", "reason"),
    [({"minutes": "2"}, "at least one model"), ({"models": "svm", "minutes": "soon"}, "a number"),
     ({"models": "svm", "trials": "0"}, "from 1"), ({"models": "gpt"}, "must be one of")],
)  # fmt: skip
def test_a_study_that_is_not_possible_is_refused(
    client: TestClient, archive: Path, choices: dict[str, str], reason: str
) -> None:
    path = imported(client, archive)
    answer = client.post(f"{path}/new", data=choices)
    assert answer.status_code == 422
    assert reason in answer.text
    assert "None yet" in client.get("/").text


def test_a_study_that_was_killed_says_so(client: TestClient, store: StudioStore) -> None:
    number = store.add_study(store.add_set("colours", "upload"), "colours", {})
    (store.study_folder(number) / "config.yml").write_text("a: 1")
    assert client.get(f"/study/{number}/state").json()["phase"] == "failed"


def test_a_new_studio_shows_a_study_that_runs(client: TestClient, store: StudioStore) -> None:
    number = store.add_study(store.add_set("colours", "upload"), "colours", {})
    (store.study_folder(number) / "config.yml").write_text("a: 1")
    keep_state(store.study_folder(number), "searching")
    assert client.get(f"/study/{number}/state").json()["phase"] == "searching"
    assert "Stop the search" in client.get(f"/study/{number}").text


def test_a_large_upload_is_written_as_it_comes(client: TestClient, store: StudioStore) -> None:
    import tracemalloc

    def blocks() -> object:
        for _ in range(64):
            yield bytes(2**20)

    tracemalloc.start()
    answer = client.post("/data/upload", content=blocks(), headers={"x-name": "a.zip"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 200
    read(client, answer.json()["url"])
    assert peak < 200 * 2**20


def test_an_image_to_try_needs_a_result(client: TestClient, store: StudioStore) -> None:
    number = store.add_study(store.add_set("colours", "upload"), "colours", {})
    image = io.BytesIO(encoded(picture("red", 0)))
    answer = client.post(f"/study/{number}/try", content=image.read())
    assert (answer.status_code, "no result yet" in answer.text) == (422, True)
