"""Diversified tuners with a single arm."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.tuners._diversified import FEW_FIRST, DiversifiedTuner

__all__ = ["ForestTuner", "GPTuner", "ParzenTuner"]


class GPTuner(DiversifiedTuner):
    """Bayesian optimisation with a Gaussian process.

    The acquisition is averaged over two fits of its hyperparameters, under a prior of short and one
    of long length scales.

    Parameters
    ----------
    acquisition
        ``EI``, ``PI``, ``UCB`` or ``SEI``; see ``docs/diversified.md``.
    response
        Transformation of the objective: ``auto``, ``hybrid-log``, ``log`` or ``none``.
    num_init_evals
        Number of space-filling suggestions before the first model. The model needs few.
    optimize_mode
        Direction of the objective.
    seed
        Seed of every random choice; drawn and logged by default.
    others
        See `DiversifiedTuner`.

    Examples
    --------
    >>> tuner = GPTuner(acquisition="EI", seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> sorted(tuner.generate_parameters(0))
    ['lr']
    """

    def __init__(
        self,
        acquisition: str = "EI",
        response: str = "auto",
        num_init_evals: int = FEW_FIRST,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        **others: Any,
    ) -> None:
        super().__init__(
            mode="GP-NM",
            spec=acquisition,
            response=response,
            num_init_evals=num_init_evals,
            optimize_mode=optimize_mode,
            seed=seed,
            **_single(others),
        )


class ForestTuner(DiversifiedTuner):
    """Bayesian optimisation with a random forest, as in SMAC.

    Parameters
    ----------
    acquisition
        ``EI``, ``PI``, ``UCB`` or ``SEI``; see ``docs/diversified.md``.
    response
        Transformation of the objective: ``auto``, ``hybrid-log``, ``log`` or ``none``.
    optimize_mode
        Direction of the objective.
    seed
        Seed of every random choice; drawn and logged by default.
    others
        See `DiversifiedTuner`.

    Examples
    --------
    >>> tuner = ForestTuner(acquisition="UCB", seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> sorted(tuner.generate_parameters(0))
    ['lr']
    """

    def __init__(
        self,
        acquisition: str = "EI",
        response: str = "auto",
        optimize_mode: str = "maximize",
        seed: int | None = None,
        **others: Any,
    ) -> None:
        super().__init__(
            mode="RF",
            spec=acquisition,
            response=response,
            optimize_mode=optimize_mode,
            seed=seed,
            **_single(others),
        )


class ParzenTuner(DiversifiedTuner):
    """The multivariate tree-structured Parzen estimator (TPE).

    Parameters
    ----------
    acquisition
        ``TPE``: maximise the ratio of the densities over draws from that of the good trials.
        ``EI``: maximise it over the whole space. ``PI`` or ``UCB``: of the mixture of both.
    response
        Transformation of the objective that weighs the trials: ``auto``, ``hybrid-log``, ``log`` or
        ``none``.
    num_init_evals
        Number of space-filling suggestions before the first density estimates.
    optimize_mode
        Direction of the objective.
    seed
        Seed of every random choice; drawn and logged by default.
    others
        See `DiversifiedTuner`.

    Examples
    --------
    >>> tuner = ParzenTuner(num_init_evals=4, seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> sorted(tuner.generate_parameters(0))
    ['lr']
    """

    def __init__(
        self,
        acquisition: str = "TPE",
        response: str = "auto",
        num_init_evals: int = 10,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        **others: Any,
    ) -> None:
        super().__init__(
            mode="TPE",
            spec=acquisition,
            response=response,
            num_init_evals=num_init_evals,
            optimize_mode=optimize_mode,
            seed=seed,
            **_single(others),
        )


def _single(arguments: dict[str, Any]) -> dict[str, Any]:
    """Reject the arguments that choose among arms."""
    for name in ("mode", "spec", "arms"):
        if name in arguments:
            raise ConfigError(
                f"{name} is not an argument of a tuner with a single arm; use Diversified"
            )
    return arguments
