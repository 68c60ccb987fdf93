"""Runs of a tuner in which trials fail at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import nni_hpo_ext.simulate

__all__ = ["best_with_failures"]


def best_with_failures(
    tuner: Any, benchmark: nni_hpo_ext.simulate.Benchmark, trials: int, share: float, seed: int
) -> float:
    """Run a tuner, one trial at a time, and return the best true value of those that succeeded.

    Parameters
    ----------
    tuner
        An NNI tuner that knows no search space yet.
    benchmark
        What the trials compute.
    trials
        Number of trials, those that fail included.
    share
        Probability with which a trial fails, whatever its configuration.
    seed
        Decides which ones do, and the noise of the others.

    Raises
    ------
    ValueError
        If every trial failed.
    """
    rng, noise = (np.random.default_rng([seed, part]) for part in (0, 1))
    tuner.update_search_space(dict(benchmark.search_space))
    values = []
    for number, fails in enumerate(rng.random(trials) < share):
        params = tuner.generate_parameters(number)
        if not fails:
            final = benchmark.train(params, noise).final
            values.append(benchmark.true_value(params))
            tuner.receive_trial_result(number, params, final)
        tuner.trial_end(number, not fails)
    if not values:
        raise ValueError("every trial failed: there is no best one")
    return max(values) if benchmark.direction == "maximize" else min(values)
