from __future__ import annotations

from collections.abc import Iterator

import pytest
from machines import Machines, why_not


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two users behind an ssh server of our own."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Machines.start(tmp_path_factory.mktemp("sshd")) as machines:
        yield machines
