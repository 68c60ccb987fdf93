"""Look up a cell and its training settings in NAS-HPO-Bench-II."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.simulate.benchmarks import NasHpoBench2
from nni_hpo_ext.trial import TrialReport, log_to_stdout, trial_parameters

DEFAULTS: dict[str, bool | int | float | str] = {
    "edge_0_1": "conv_3x3",
    "edge_0_2": "avg_pool_3x3",
    "edge_1_2": "conv_3x3",
    "edge_0_3": "skip",
    "edge_1_3": "avg_pool_3x3",
    "edge_2_3": "conv_3x3",
    "batch_size": 256,
    "learning_rate": 0.1,
    # Not searched: the folder of the benchmark's files.
    "data_dir": "",
}


def main() -> None:
    """Look up a training and report it."""
    log_to_stdout()
    params = trial_parameters(DEFAULTS)
    benchmark = NasHpoBench2(params["data_dir"])
    training = benchmark.train(params, np.random.default_rng())
    with TrialReport(benchmark.name) as report:
        for epoch, accuracy in enumerate(training.values, 1):
            report.epoch(accuracy, cost=training.seconds * epoch / len(training.values))
        # The benchmark's objective is the accuracy after the last epoch, not the best one.
        report.finish(
            default=training.final,
            cost=training.seconds,
            **benchmark.test_values(params),
        )


if __name__ == "__main__":
    try:
        main()
    except HpoExtError as error:
        raise SystemExit(f"error: {error}") from None
