"""On which addresses the manager listens."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from nni_hpo_ext.experiment._addresses import listening

LOCAL: dict[str, Any] = {"trainingService": {"platform": "local"}}


def remote(address: str | None) -> dict[str, Any]:
    return {"trainingService": {"platform": "remote"}, "nniManagerIp": address}


@pytest.fixture(autouse=True)
def one_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the address 192.0.2.7."""
    addresses = [psutil._ntuples.snicaddr(2, "192.0.2.7", None, None, None)]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": addresses})


def test_a_local_experiment_says_nothing_about_its_address() -> None:
    found = listening(LOCAL, None)
    assert (found.addresses, found.reason) == (("127.0.0.1",), "")


@pytest.mark.parametrize(
    ("config", "host", "addresses", "said"),
    [
        (remote("192.0.2.7"), None, ("127.0.0.1", "192.0.2.7"), "the workers connect"),
        (remote("127.0.0.1"), None, ("127.0.0.1",), "Listens on 127.0.0.1 only."),
        (remote("198.51.100.1"), None, ("0.0.0.0",), "198.51.100.1 is not one of this machine"),
        (remote(None), None, ("0.0.0.0",), "nniManagerIp is not set"),
        (remote("192.0.2.7"), "127.0.0.1", ("127.0.0.1",), "127.0.0.1 only"),
        (LOCAL, "192.0.2.7", ("127.0.0.1", "192.0.2.7"), "as --host says"),
        (LOCAL, "0.0.0.0", ("0.0.0.0",), "all addresses"),
        (
            {"trainingService": [{"platform": "local"}, {"platform": "remote"}]}
            | {"nniManagerIp": "192.0.2.7"},
            None,
            ("127.0.0.1", "192.0.2.7"),
            "Whoever can connect can run commands here",
        ),
    ],
)
def test_it_listens_where_the_workers_connect_and_no_wider(
    config: dict[str, Any], host: str | None, addresses: tuple[str, ...], said: str
) -> None:
    found = listening(config, host)
    assert found.addresses == addresses
    assert said in str(found)
