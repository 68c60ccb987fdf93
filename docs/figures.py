"""Draw the pictures of how-it-works.md: `python docs/figures.py` (needs matplotlib)."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.surrogates import Features, GaussianProcess

IMAGES = Path(__file__).parent / "images"
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


def loss(x: np.ndarray) -> np.ndarray:
    """Return a function with two valleys."""
    return np.sin(9 * x) * (1.2 - x) + 1.5 * (x - 0.3) ** 2


def gaussian_process() -> None:
    """Draw a model after five trials, and its expected improvement."""
    space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    tried = np.array([[0.05], [0.25], [0.42], [0.72], [0.95]])
    y = loss(tried[:, 0])
    model = GaussianProcess(Features(space)).fit(tried, y, rng=np.random.default_rng(0))
    grid = np.linspace(0, 1, 401)
    mean, std = model.predict(grid[:, None])
    z = (y.min() - mean) / std
    gain = std * (z * norm.cdf(z) + norm.pdf(z))
    figure, (above, below) = plt.subplots(
        2, figsize=(7, 4.2), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    above.fill_between(grid, mean - 1.96 * std, mean + 1.96 * std, color=BLUE, alpha=0.15, lw=0)
    above.plot(grid, loss(grid), "--", color="#888888", label="true loss")
    above.plot(grid, mean, color=BLUE, label="model, with its 95 % band")
    above.plot(tried[:, 0], y, "o", color="black", label="trials")
    above.set_ylabel("loss")
    above.legend(frameon=False, fontsize=9)
    below.fill_between(grid, gain, color=GREEN, alpha=0.3, lw=0)
    below.plot(grid, gain, color=GREEN)
    below.set(xlabel="x", ylabel="expected\nimprovement", yticks=[])
    for axes in (above, below):
        axes.axvline(grid[gain.argmax()], color=ORANGE, lw=1)
    above.annotate("next trial", (grid[gain.argmax()], above.get_ylim()[1]), color=ORANGE,
                   xytext=(4, -12), textcoords="offset points")  # fmt: skip
    save(figure, "gaussian-process")


def hypervolume() -> None:
    """Draw the area that a front dominates, and what a new point adds."""
    front = np.array([[1.0, 0.70], [2.0, 0.85], [4.5, 0.93]])
    new, reference = (3.0, 0.91), (6.0, 0.5)
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    dominated(axes, np.vstack([front, new]), reference, ORANGE, "gain of the new trial")
    dominated(axes, front, reference, BLUE, "hypervolume of the front")
    axes.plot(*front.T, "o", color=BLUE)
    axes.plot(*new, "o", color=ORANGE)
    axes.plot(*reference, "x", color="black")
    axes.annotate("reference point", reference, xytext=(-88, 8), textcoords="offset points")
    axes.set(xlabel="runtime (s)", ylabel="accuracy", xlim=(0, 6.5), ylim=(0.45, 1.0))
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    save(figure, "hypervolume")


def dominated(
    axes: Axes, points: np.ndarray, reference: tuple[float, float], colour: str, label: str
) -> None:
    """Fill the area that points dominate: less runtime and more accuracy are better."""
    ordered = points[points[:, 0].argsort()]
    x = np.append(ordered[:, 0], reference[0])
    y = np.append(np.maximum.accumulate(ordered[:, 1]), ordered[:, 1].max())
    axes.fill_between(x, reference[1], y, step="post", color="white", lw=0)
    axes.fill_between(x, reference[1], y, step="post", color=colour, alpha=0.3, lw=0, label=label)


def save(figure: plt.Figure, name: str) -> None:
    """Write a picture that is the same each time."""
    plt.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none"})
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    gaussian_process()
    hypervolume()
