"""The numpy stand-in of Dragonfly's modules."""

from __future__ import annotations

import numpy as np
import pytest

from nni_hpo_ext.dragonfly._numpy import NUMPY, RANDOM, Float, drawing_from


def test_it_has_the_names_that_numpy_lost_and_those_it_has() -> None:
    assert NUMPY.float is float
    assert NUMPY.math.factorial(3) == 6
    assert NUMPY.asscalar(np.array([2.0])) == 2.0
    assert NUMPY.linalg.linalg.LinAlgError is np.linalg.LinAlgError
    assert NUMPY.linalg.cholesky is np.linalg.cholesky
    assert NUMPY.sqrt is np.sqrt
    assert not hasattr(np, "float")


def test_float_takes_the_element_of_a_small_array() -> None:
    assert Float(np.array([[1.5]])) == 1.5
    assert type(Float("2")) is float
    assert isinstance(1.0, Float)
    assert not isinstance(1, Float)


def test_randomness_is_the_given_generators_and_never_the_global_one() -> None:
    before = np.random.get_state()[1].copy()
    with drawing_from(np.random.RandomState(3)):
        drawn = NUMPY.random.normal(size=2)
    assert drawn.tolist() == np.random.RandomState(3).normal(size=2).tolist()
    assert (np.random.get_state()[1] == before).all()
    with pytest.raises(LookupError):
        RANDOM.normal()
