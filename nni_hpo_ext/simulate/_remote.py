"""Replay trainings for a tuner and an assessor that run in `nni-hpo serve`."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.client import Asked, StudyClient
from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.registry import ALGORITHMS, STOPPING_RULES
from nni_hpo_ext.simulate._benchmark import Benchmark
from nni_hpo_ext.simulate._build import Component

__all__ = ["RemoteJudge", "RemoteTuner", "start_study"]

# The service also knows the algorithms of NNI, by their own names.
_NAMES = {entry.class_name: entry.name for entry in ALGORITHMS}
_NAMES |= {STOPPING_RULES["medianstop"].class_name: "Medianstop"}


def start_study(
    url: str, tuner: Component, assessor: Component | None, benchmark: Benchmark, seed: int
) -> RemoteTuner:
    """Create a study of the service, and return its tuner.

    Raises
    ------
    ConfigError
        If the service does not know the tuner or the assessor by name.
    ExperimentError
        If the service refuses or does not answer.
    """
    label = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{benchmark.name}-{tuner.label}-{seed}")
    client = StudyClient(url, f"{label[:50]}-{uuid.uuid4().hex[:8]}")
    client.create(
        {
            "search_space": benchmark.search_space,
            "tuner": _chosen(tuner),
            "assessor": None if assessor is None else _chosen(assessor),
            "objectives": {DEFAULT: benchmark.direction},
            "seed": seed,
        }
    )
    return RemoteTuner(client)


def _chosen(component: Component) -> dict[str, Any]:
    name = _NAMES.get(component.class_name)
    if name is None:
        raise ConfigError(
            f"-w: the service runs only registered algorithms, {component.class_name} is not one"
        )
    return {"name": name, "classArgs": dict(component.arguments)}


class RemoteTuner:
    """The tuner of a study of the service.

    Parameters
    ----------
    client
        The study.
    """

    def __init__(self, client: StudyClient) -> None:
        self.client = client
        self.asked: dict[int, Asked] = {}

    def ask(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return a configuration for each trial number; fewer if there are no more."""
        configs: list[Mapping[str, Any]] = []
        for number in numbers:
            asked = self.client.ask(worker="nni-hpo simulate", wait=False)
            if asked is None:
                break
            if asked.number != number:
                raise ExperimentError(f"study {self.client.study}: another worker takes part")
            self.asked[number] = asked
            configs.append(asked.params)
        return configs

    def complete(self, number: int, params: Mapping[str, Any], final: float) -> None:
        """Report a completed trial."""
        error = f"the final value is {final}"
        result = {"values": final} if math.isfinite(final) else {"error": error}
        self.client.tell(self.asked[number], result)

    def stop(self, number: int, params: Mapping[str, Any], best: float | None) -> None:
        """Report a stopped trial, of which the service knows the values."""
        self.client.tell(self.asked[number], {"stopped": True})

    def explain(self, number: int) -> tuple[None, None, None]:
        """Return nothing: the study has the reasons."""
        return None, None, None


class RemoteJudge:
    """The assessor of a study of the service.

    Parameters
    ----------
    tuner
        The tuner of the same study.
    """

    def __init__(self, tuner: RemoteTuner) -> None:
        self._tuner = tuner

    def stops(self, number: int, history: Sequence[float]) -> bool:
        """Return whether the service stops a trial."""
        value = history[-1] if math.isfinite(history[-1]) else None
        return self._tuner.client.report(self._tuner.asked[number], len(history) - 1, value)

    def end(self, number: int, success: bool) -> None:
        """Do nothing: the result ends the trial."""
