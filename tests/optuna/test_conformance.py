"""Optuna's own conformance tests of samplers, for every tuner that can be one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("optuna.testing.pytest_samplers", reason="Optuna 5 is not installed: an extra")

import optuna
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)

from nni_hpo_ext.optuna import TunerSampler

# `SingleOnlySamplerTestCase` does not apply: it demands that several objectives are refused.


class Conformance(BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    __test__ = False
    tuner = ""

    @pytest.fixture
    def sampler(self) -> Callable[[], optuna.samplers.BaseSampler]:
        return lambda: TunerSampler(self.tuner, seed=0)


class TestRandomSearch(Conformance):
    __test__ = True
    tuner = "RandomSearch"


class TestParzen(Conformance):
    __test__ = True
    tuner = "Parzen"


class TestDiversified(Conformance):
    __test__ = True
    tuner = "Diversified"


class TestEvolution(Conformance):
    __test__ = True
    tuner = "Evolution"


class TestGrid(Conformance):
    __test__ = True
    tuner = "Grid"
