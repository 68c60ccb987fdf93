"""Run a tuner while trials fail at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import nni_hpo_ext.simulate

__all__ = ["best_with_failures"]


def best_with_failures(
    tuner: Any, benchmark: nni_hpo_ext.simulate.Benchmark, trials: int, share: float, seed: int
) -> float:
    """Run a tuner sequentially and return the best true value of a successful trial.

    Parameters
    ----------
    tuner
        An NNI tuner without a search space.
    benchmark
        The benchmark to train on.
    trials
        Number of trials, including failed ones.
    share
        Probability that a trial fails, independent of its configuration.
    seed
        Seed of the failures and of the training noise.

    Raises
    ------
    ValueError
        If every trial failed.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import load_benchmark
    >>> from nni_hpo_ext.testing import best_with_failures
    >>> from nni_hpo_ext.tuners import RandomTuner
    >>> tuner, branin = RandomTuner(optimize_mode="minimize", seed=0), load_benchmark("branin")
    >>> best_with_failures(tuner, branin, trials=20, share=0.5, seed=0) > branin.optimum
    True
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
        raise ValueError("every trial failed: there is no best value")
    return max(values) if benchmark.direction == "maximize" else min(values)
