"""Base class of the conformance suites, for pytest and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nni_hpo_ext.dispatcher import current_dispatcher
from nni_hpo_ext.simulate import Component, make
from nni_hpo_ext.testing._case import Case

__all__ = ["Conformance", "build"]


def build(class_name: str, arguments: Mapping[str, Any], seed: int = 0) -> Any:
    """Build a tuner or an assessor.

    Parameters
    ----------
    class_name
        Import path of the class.
    arguments
        Class arguments.
    seed
        Seed, passed only if the constructor accepts one.

    Raises
    ------
    HpoExtError
        If the class cannot be imported or constructed.

    Examples
    --------
    >>> from nni_hpo_ext.testing import build
    >>> type(build("nni_hpo_ext.tuners.RandomTuner", {"optimize_mode": "minimize"})).__name__
    'RandomTuner'
    """
    return make(Component(class_name, class_name, arguments), {"seed": seed})[0]


class Conformance:
    """Cases, and how to build the algorithm under test.

    pytest collects subclasses by their name. The cases also run without pytest.
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
        """Build the algorithm, with the seed if it accepts one; override it to use a factory."""
        current_dispatcher().clear()  # an assessor would adopt another test's objectives
        return build(self.class_name, self.arguments, seed)

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make each case a test of its own in pytest."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.CASES, ids=str)

    def test_conforms(self, case: Case) -> None:
        """Check one case."""
        case.check(self)
