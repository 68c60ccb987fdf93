"""The architecture search: every block builds, and searches change one nested choice at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.evolution import offspring
from nni_hpo_ext.render.text import parameters
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.studio.models import MODELS, build_network, default_options, search_space

BLOCKS = ("plain", "separable", "residual", "inverted", "pooling")


def stages_of(config: dict[str, Any]) -> list[Any]:
    return [config["model"][f"stage{number}"] for number in range(1, 5)]


def drawn(seed: int, space: SearchSpace) -> dict[str, Any]:
    return space.decode(space.sample(1, np.random.default_rng(seed))[0])


def test_networks_have_two_to_four_stages_of_every_block() -> None:
    space = SearchSpace(search_space(["cells"], 24))
    configs = [drawn(seed, space) for seed in range(200)]
    depths = {sum(stage["_name"] != "none" for stage in stages_of(c)) for c in configs}
    assert depths == {2, 3, 4}
    for stages in zip(*map(stages_of, configs), strict=True):
        assert {stage["_name"] for stage in stages} >= set(BLOCKS)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("size", "channels"), [(8, 1), (32, 3)])
def test_a_network_of_each_block_gives_probabilities(block: str, size: int, channels: int) -> None:
    stage = {"_name": block, "width": 16, "kernel": 5, "expansion": 2}
    options = {**default_options(MODELS["cells"], size), "stage1": stage, "stage4": stage}
    network = build_network("cells", options, (size, size, channels), 5)
    answers = network.predict_on_batch(np.zeros((2, size, size, channels)))
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-4)


def test_evolution_replaces_a_block_and_keeps_the_others() -> None:
    space = SearchSpace(search_space(["cells"], 24))
    generator = np.random.default_rng(0)
    parent = drawn(3, space)
    changed = []
    for _ in range(100):
        child = space.decode(offspring(space, space.encode(parent)[None], generator))
        pairs = zip(stages_of(parent), stages_of(child), strict=True)
        changed.append(sum(mine["_name"] != new["_name"] for mine, new in pairs))
    assert {0, 1} <= set(changed)
    assert np.mean(changed) < 1


def test_the_settings_of_a_block_are_readable() -> None:
    block = {"_name": "residual", "width": 16, "kernel": 3}
    settings = parameters({"stage1": block, "stage4": {"_name": "none"}})
    assert settings == "stage1=residual(width=16 kernel=3) stage4=none"
