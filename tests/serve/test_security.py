"""Who may call the service."""

from __future__ import annotations

import socket
import stat

import pytest
import requests
from serving import STUDY, Caller

from nni_hpo_ext.cli import app
from nni_hpo_ext.serve import StudyStore


@pytest.fixture
def tokens(call: Caller) -> dict[str, str]:
    return {name: call("PUT", f"/{name}", STUDY).content["token"] for name in ("mine", "yours")}


def test_the_token_of_a_study_opens_that_study_only(call: Caller, tokens: dict[str, str]) -> None:
    mine = Caller(call.url, tokens["mine"])
    assert mine("GET", "/mine").status == 200
    assert mine("POST", "/mine/trials").status == 200
    for method, path in (
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/yours"),
        ("GET", "//yours"),
        ("GET", "/yours/log"),
        ("POST", "/yours/trials"),
        ("PUT", "/mine"),
        ("PUT", "/new"),
    ):
        assert mine(method, path, STUDY if method == "PUT" else None).status == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic wrong", "é"])
def test_without_a_token_nothing_is_read(call: Caller, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    url = f"{call.url}/v1/studies/demo"
    for method in ("GET", "PUT", "DELETE"):
        response = requests.request(method, url, data="{", headers=headers, timeout=60)
        assert response.status_code == 401


def test_a_token_of_another_scheme_is_not_taken(call: Caller) -> None:
    headers = {"Authorization": f"Basic {call.token}"}
    assert requests.get(f"{call.url}/v1/studies", headers=headers, timeout=60).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a:b:c"])
def test_another_name_of_the_machine_is_refused(call: Caller, host: str) -> None:
    answer = call("GET", "", Host=host)
    assert (answer.status, "--allow-host" in answer.detail) == (421, True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8090", "LOCALHOST"])
def test_the_names_of_the_loopback_interface_are_accepted(call: Caller, host: str) -> None:
    assert call("GET", "", Host=host).status == 200


def test_a_page_of_another_site_is_refused(call: Caller) -> None:
    for origin in ("http://evil.example", "null", "https://127.0.0.1", ""):
        assert call("GET", "", Origin=origin).status == 403
    assert call("GET", "", Origin=call.url).status == 200


def test_a_request_without_end_is_refused(call: Caller) -> None:
    url, headers = f"{call.url}/v1/studies/demo", {"Authorization": f"Bearer {call.token}"}
    headers["Content-Type"] = "application/json"
    assert requests.put(url, data=b" " * 2**21, headers=headers, timeout=60).status_code == 413
    parts = (b" " * 2**16 for _ in range(32))
    assert requests.put(url, data=parts, headers=headers, timeout=60).status_code == 413


def test_only_its_user_can_read_the_token(store: StudyStore) -> None:
    mode = (store.directory / ".token").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert StudyStore(store.directory).token == store.token
    assert len(store.token) > 40


def test_it_listens_on_the_loopback_interface_by_default() -> None:
    import typer

    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    (host,) = (p for p in command.params if p.name == "host")
    assert socket.inet_aton(host.default)[0] == 127
