"""Train the networks of the embedded table `digits` and write the table: ten minutes of CPU.

The configurations are a scrambled Sobol design over the search space of the benchmark. Each is
trained as four networks that differ in their random numbers. The table contains the total number of
validation images that they classify correctly after each epoch. Each row has its own seed, so that
an interrupted run resumes where it stopped, and additional rows do not change the first ones.

The time of a training is not measured per row, because other load on the machine affects it. It is
the CPU time of one network, computed from a count of operations. --calibrate fits the costs of the
operations to timed trainings and prints them; they are constants of this script.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from _digits_network import TRAIN_IMAGES, Data, layer_widths, load, n_weights, train
from rich.progress import track

import nni_hpo_ext.simulate
from nni_hpo_ext.simulate.benchmarks import Digits
from nni_hpo_ext.space import SearchSpace

ROWS, COPIES, EPOCHS, SEED = 3 * 2**10, 4, 27, 1  # a balanced Sobol design
SPACE = SearchSpace(Digits.search_space)
TABLE = Path(nni_hpo_ext.simulate.__file__).parent / "data" / "digits.npz"
_SAVE_EVERY = 64
_BITS = 16

# CPU seconds per entry of `operations`, from --calibrate on a core of an AMD EPYC; accurate to 8 %.
COSTS = np.array([3.33e-05, 8.59e-06, 5.73e-12, 3.57e-09, 1.34e-10])
# Passes over the weights in a step of each optimizer.
_PASSES = {"sgd": 2, "momentum": 4, "rmsprop": 8, "adam": 11}


def design(rows: int = ROWS) -> npt.NDArray[np.uint16]:
    """Return Sobol points ``(rows, d)``, in units of 2^-16."""
    from scipy.stats import qmc

    sobol = qmc.Sobol(len(SPACE), scramble=True, bits=_BITS, seed=SEED)
    points = sobol.random_base2((rows - 1).bit_length())[:rows]
    return (points * 2**_BITS).astype(np.uint16)


def configuration(point: npt.NDArray[np.uint16]) -> dict[str, Any]:
    """Return the configuration of a row of the design."""
    return SPACE.decode((point + 0.5) / 2**_BITS)


def correct(row: int, params: dict[str, Any], data: Data) -> npt.NDArray[np.uint16]:
    """Train the networks of a row; return their correct images after each epoch, ``(epochs,)``."""
    rng = np.random.default_rng([SEED, row])
    return train(params, data, COPIES, EPOCHS, rng).sum(axis=0).astype(np.uint16)


def operations(params: dict[str, Any], validated: int) -> npt.NDArray[np.float64]:
    """Return the operation counts of a training, ``(5,)``.

    They are steps; layers in all steps; multiplications (a backward step costs two forward steps);
    outputs of hidden units; and weights that the optimizer visits in all steps.
    """
    widths, weights = layer_widths(params), n_weights(params)
    steps = EPOCHS * -(-TRAIN_IMAGES // params["batch_size"])
    return np.array(
        [
            steps,
            steps * (len(widths) - 1),
            EPOCHS * (3 * TRAIN_IMAGES + validated) * weights,
            EPOCHS * (TRAIN_IMAGES + validated) * sum(widths[1:-1]),
            steps * weights * _PASSES[params["optimizer"]],
        ],
        dtype=float,
    )


def calibrate(data: Data, sample: int = 300, repeats: int = 3) -> None:
    """Time trainings of single networks and print the costs that fit them best."""
    from scipy.optimize import nnls

    rows = [configuration(point) for point in design(sample)]
    seconds = np.full(len(rows), np.inf)
    for i, params in enumerate(track(rows, "timing")):
        for _ in range(repeats):
            started = time.process_time()
            train(params, data, 1, EPOCHS, np.random.default_rng(SEED))
            seconds[i] = min(seconds[i], time.process_time() - started)
    counts = np.array([operations(params, len(data.y_val)) for params in rows])
    costs, _ = nnls(counts / seconds[:, None], np.ones(len(rows)))
    error = np.std(counts @ costs / seconds)
    print(f"costs {costs.tolist()}, relative error {error:.3f} (standard deviation)")
    print(f"seconds: median {np.median(seconds):.3f}, {seconds.min():.3f} to {seconds.max():.3f}")


def trained(points: npt.NDArray[np.uint16], data: Data, part: Path) -> npt.NDArray[np.uint16]:
    """Train all rows that are not in the file ``part``, and keep the file up to date."""
    done = list(np.load(part))[: len(points)] if part.exists() else []
    try:
        for row in track(range(len(done), len(points)), "training"):
            done.append(correct(row, configuration(points[row]), data))
            if len(done) % _SAVE_EVERY == 0:
                _save(part, done)
    finally:
        _save(part, done)
    return np.array(done)


def _save(part: Path, done: list[npt.NDArray[np.uint16]]) -> None:
    fresh = part.with_suffix(".new.npy")
    np.save(fresh, np.array(done))
    fresh.replace(part)


def write(out: Path, points: npt.NDArray[np.uint16], curves: npt.NDArray[np.uint16]) -> None:
    """Write the table in the format of `nni_hpo_ext.simulate.benchmarks.Digits`.

    Curves are stored as differences between epochs, which compress better.
    """
    validated = len(load().y_val)
    counts = np.array([operations(configuration(point), validated) for point in points])
    np.savez_compressed(
        out,
        points=points,
        gains=np.diff(curves.astype(np.int16), axis=1, prepend=np.int16(0)),
        images=np.array(COPIES * validated),
        cpu_seconds=(counts @ COSTS).astype(np.float32),
    )


def main() -> None:
    """Train the missing rows and write the table, or calibrate."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("--out", type=Path, default=TABLE, help="default: the package's own")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--calibrate", action="store_true", help="time trainings instead")
    arguments = parser.parse_args()
    data = load()
    if arguments.calibrate:
        calibrate(data)
        return
    points, part = design(arguments.rows), arguments.out.with_suffix(".part.npy")
    write(arguments.out, points, trained(points, data, part))
    part.unlink()


if __name__ == "__main__":
    main()
