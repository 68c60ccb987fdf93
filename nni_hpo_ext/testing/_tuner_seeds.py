"""Tuner cases about reproducibility: suggestions depend on the seed alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

import numpy as np

from nni_hpo_ext.simulate import Component, make
from nni_hpo_ext.testing._case import Case, require

if TYPE_CHECKING:
    from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["CASES", "random_states"]

# Runs in a separate process; its random seeds must not affect the suggestions.
_SCRIPT = """\
import importlib, json, random, sys
import numpy as np
order, request = int(sys.argv[1]), json.loads(sys.stdin.read())
sys.path[:] = request["path"]
random.seed(order); np.random.seed(order)
suite = getattr(importlib.import_module(request["module"]), request["suite"])()
suite.tuner_class, suite.arguments = request["class"], request["arguments"]
print(json.dumps(suite.play(suite.started(seed=3))))
"""


def random_states() -> tuple[Any, ...]:
    """Return the states of the global random generators of Python and numpy."""
    return random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]


def _seeded(suite: TunerConformance) -> None:
    choice = Component(suite.class_name, suite.class_name, suite.arguments)
    if "seed" not in make(choice, {"seed": 0})[1]:
        raise SkipTest("the constructor accepts no seed")


def _seed_decides(suite: TunerConformance) -> None:
    """Check that equal seeds give equal suggestions, and different seeds different ones."""
    _seeded(suite)
    first, again, other = (suite.play(suite.started(seed=s)) for s in (1, 1, 2))
    require(first == again, "the same seed gives different suggestions the second time")
    require(first != other, "different seeds give the same suggestions")


def _processes_agree(suite: TunerConformance) -> None:
    """Check that neither hash seeds nor global random generators affect suggestions."""
    _seeded(suite)
    children = [_child(suite, order) for order in (1, 2)]
    here = json.loads(json.dumps(suite.play(suite.started(seed=3))))
    for child in children:
        out, err = child.communicate()
        require(child.returncode == 0, f"a fresh process failed: {err.strip()[-300:]}")
        require(json.loads(out) == here, "a fresh process gives different suggestions")


def _child(suite: TunerConformance, order: int) -> subprocess.Popen[str]:
    request = {
        "path": sys.path,
        "module": type(suite).__module__,
        "suite": type(suite).__qualname__,
        "class": suite.tuner_class,
        "arguments": suite.arguments,
    }
    child = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": str(order)},
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(request))
    child.stdin.close()
    child.stdin = None  # so that communicate() does not close it again
    return child


def _global_state(suite: TunerConformance) -> None:
    """Check that the global random generators are not used."""
    before = random_states()
    suite.play(suite.started())
    require(random_states() == before, "a global random generator was used")


CASES = (
    Case("determinism", "the seed decides", _seed_decides),
    Case("determinism", "three processes agree", _processes_agree),
    Case("determinism", "global random generators are not used", _global_state),
)
