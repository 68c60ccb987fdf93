"""What both conformance suites share: the cases, as pytest and the command see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nni_hpo_ext.dispatcher import announce
from nni_hpo_ext.simulate import Component, make
from nni_hpo_ext.testing._case import Case

__all__ = ["Conformance", "build"]


def build(class_name: str, arguments: Mapping[str, Any], seed: int = 0) -> Any:
    """Make a tuner or an assessor.

    Parameters
    ----------
    class_name
        Import path of its class.
    arguments
        Its class arguments.
    seed
        Added to them if the constructor takes one.

    Raises
    ------
    HpoExtError
        If it cannot be imported or made.
    """
    return make(Component(class_name, class_name, arguments), {"seed": seed})[0]


class Conformance:
    """Cases, and how the algorithm under test is made.

    pytest collects a subclass by its name; nothing of pytest is needed to run the cases without.
    """

    CASES: ClassVar[tuple[Case, ...]] = ()
    KIND: ClassVar[str] = ""

    arguments: Mapping[str, Any] = {}
    """Class arguments."""

    @property
    def class_name(self) -> str:
        """Import path of the algorithm."""
        raise NotImplementedError

    def make(self, seed: int = 0) -> Any:
        """Build the algorithm, with the seed if it takes one; override for a factory."""
        announce(None)  # an assessor would take over the objectives of another test's tuner
        return build(self.class_name, self.arguments, seed)

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Let pytest see each case as a test of its own."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.CASES, ids=str)

    def test_conforms(self, case: Case) -> None:
        """Check one case."""
        case.check(self)
