"""Arms, which nominate the configuration to try next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nni_hpo_ext.space import FloatArray

if TYPE_CHECKING:
    from nni_hpo_ext.bandit._evidence import Evidence

__all__ = ["Arm", "ModelArm", "RandomArm"]


class Arm(ABC):
    """Base class of arms: one way to choose the next configuration.

    A config names a custom arm by an entry ``{class: my_module.Middle}`` of ``arms``.

    Examples
    --------
    >>> from nni_hpo_ext.bandit import Arm, make_plan
    >>> class Middle(Arm):
    ...     name = "MIDDLE"
    ...
    ...     def nominate(self, evidence, rng):
    ...         return np.full(len(evidence.space), 0.5)
    >>> Middle().name
    'MIDDLE'
    """

    name: str
    """Name of the arm in logs and reports."""

    @abstractmethod
    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> FloatArray | None:
        """Return a point of the unit cube, ``(d,)``, or None if no untried point is left.

        Parameters
        ----------
        evidence
            The trials so far and their models.
        rng
            The only source of randomness to use.
        """

    def left_out_log_scores(self, evidence: Evidence) -> FloatArray | None:
        """Return the leave-one-out log predictive density of each trial's value, ``(r,)``.

        The default is None, for an arm without predictions.
        """
        return None

    def expected_loss(self, evidence: Evidence, u: FloatArray) -> float:
        """Return the loss that this arm expects at a point ``(d,)``, in units of the objective.

        The default is the loss of the nearest trial.
        """
        known = np.isfinite(evidence.losses)
        distances = np.abs(evidence.X[known] - u).sum(axis=1)
        return float(evidence.losses[known][distances.argmin()])


class RandomArm(Arm):
    """Random search."""

    name = "RANDOM"

    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> FloatArray | None:
        """Return a random point, ``(d,)``."""
        return np.asarray(evidence.space.sample(1, rng)[0])


class ModelArm(Arm):
    """Combination of a surrogate model, its response and an acquisition function.

    Parameters
    ----------
    model
        ``GP``, ``GP-NM``, ``RF`` or ``TPE``.
    acquisition
        ``EI``, ``PI`` or ``UCB``. The model ``TPE`` also has ``TPE``, the best of several draws
        from the density of the good trials. The others also have ``SEI``, which is ``EI`` with
        every fifth suggestion in a subspace through the incumbent.
    response
        ``hybrid-log``, ``log``, ``none`` or ``auto``.
    name
        Name of the arm in logs and reports.
    """

    def __init__(self, model: str, acquisition: str, response: str, name: str) -> None:
        self.model = model
        self.acquisition = acquisition
        self.response = response
        self.name = name

    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> FloatArray | None:
        """Return the point, ``(d,)``, that maximises the acquisition function."""
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from nni_hpo_ext.bandit._nominate import ACQUISITIONS

        models = evidence.models(self.model, self.response)
        return ACQUISITIONS[self.acquisition](models, evidence, rng)

    @property
    def searches(self) -> tuple[str, str] | None:
        """The model and the response whose predictions alone it maximises; None if more.

        TPE looks at densities, and draws from them. SEI does not always search the whole space.
        """
        alone = self.model == "TPE" or self.acquisition == "SEI"
        return None if alone else (self.model, self.response)

    def nominate_with(
        self, others: Sequence[ModelArm], evidence: Evidence, rng: np.random.Generator
    ) -> FloatArray | None:
        """Return the points of this arm and of others that search the same, ``(1 + o, d)``.

        They look at the same candidates, and at each prediction once.
        """
        from nni_hpo_ext.bandit._nominate import maximise_criteria

        models = evidence.models(self.model, self.response)
        names = [arm.acquisition for arm in (self, *others)]
        return maximise_criteria(names, models, evidence, rng)

    def expected_loss(self, evidence: Evidence, u: FloatArray) -> float:
        """Return the model's mean at a point ``(d,)`` as a loss."""
        return float(evidence.models(self.model, self.response).expected_losses(u[None])[0])

    def left_out_log_scores(self, evidence: Evidence) -> FloatArray | None:
        """Return the log densities under the model, ``(r,)``, None if it has none."""
        return evidence.models(self.model, self.response).left_out_log_scores()
