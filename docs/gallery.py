"""Make the pictures of gallery.md: `python docs/gallery.py` (needs Chromium; about five minutes).

Two studies are optimised or simulated, their reports are opened in a browser, and figures are
photographed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nni_hpo_ext as hpo

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser import Browser, browser

IMAGES = Path(__file__).parent / "images"
SPACE = {
    "learning_rate": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
    "units": {"_type": "qloguniform", "_value": [4, 256, 4]},
    "layers": {"_type": "randint", "_value": [1, 4]},
    "activation": {"_type": "choice", "_value": ["relu", "tanh", "logistic"]},
    "batch_size": {"_type": "choice", "_value": [16, 32, 64, 128]},
}
OBJECTIVES = {"accuracy": "maximize", "weights": "minimize"}
FIGURES = {
    "digits": ("progress-0", "front-0", "curves", "importance-0", "slice-0-0"),
    "arms": ("arms-choices",),
}


def train(params: Mapping[str, Any]) -> Iterator[dict[str, float]]:
    """Train a small network on handwritten digits, and report after each of fifteen epochs."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

    X, y = load_digits(return_X_y=True)
    X_train, X_valid, y_train, y_valid = train_test_split(X / 16, y, random_state=0, stratify=y)
    model = MLPClassifier(
        (int(params["units"]),) * params["layers"],
        activation=params["activation"],
        batch_size=params["batch_size"],
        learning_rate_init=params["learning_rate"],
        random_state=0,
    )
    for _ in range(15):
        model.partial_fit(X_train, y_train, classes=range(10))
        weights = sum(w.size for w in [*model.coefs_, *model.intercepts_])
        yield {"accuracy": float(model.score(X_valid, y_valid)), "weights": float(weights)}


def optimise(folder: Path) -> Path:
    """Return the report of a study of `train`."""
    study = hpo.optimize(
        train, SPACE, objectives=OBJECTIVES, n_trials=60, n_jobs=2, seed=1,
        assessor="MedianStopAssessor", directory=folder / "digits",
    )  # fmt: skip
    return report(study, folder / "digits.html")


def simulate(folder: Path) -> Path:
    """Return the report of DiversifiedTuner on a benchmark."""
    from nni_hpo_ext.simulate import Options, Protocol, simulate
    from nni_hpo_ext.study import study_of_run

    (run,) = simulate(Options("digits", tuners=("DIV",), protocol=Protocol(max_trials=60)))
    return report(study_of_run(run, Path("digits.jsonl")), folder / "arms.html")


def report(study: Any, path: Path) -> Path:
    """Write the report of a study."""
    from nni_hpo_ext.report import write_report

    write_report(study, path)
    return path


def photograph(window: Browser, page: Path, name: str, figure: str) -> None:
    """Write a picture of one figure."""
    window.open(page.as_uri(), 1000, 9000)  # without a scrollbar
    window.wait("document.body.dataset.ready")
    selector = "#parallel svg" if figure == "parallel" else f"#figure-{figure}"
    box = window.run(
        f"(() => {{ const b = document.querySelector('{selector}').getBoundingClientRect();"
        " return {x: b.x, y: b.y + window.scrollY, width: b.width, height: b.height}; })()"
    )
    window.screenshot(IMAGES / f"gallery-{name}.png", **box)


def main() -> None:
    """Make all pictures."""
    chromium = shutil.which("chromium") or sys.exit("gallery.py: Chromium is not installed")
    with tempfile.TemporaryDirectory() as name, browser(chromium, Path(name) / "profile") as window:
        pages = {"digits": optimise(Path(name)), "arms": simulate(Path(name))}
        for study, figures in FIGURES.items():
            for figure in figures:
                photograph(window, pages[study], figure.partition("-")[0], figure)
        photograph(window, pages["digits"], "parallel", "parallel")


if __name__ == "__main__":
    main()
