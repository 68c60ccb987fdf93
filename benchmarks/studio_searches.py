"""Compare the kinds of search of the studio: `python benchmarks/studio_searches.py out.jsonl`.

Each search runs the studio's own job, with NNI, on the same images, models and budget. A seed
decides the split of the images and the draws of the tuner, so that all searches see the same three
splits. Studies that are in the file already are not run again; at the end, the table is printed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.studio.data import example_folder, scan
from nni_hpo_ext.studio.jobs import LOG_FILE, experiment_directory, write_config
from nni_hpo_ext.studio.models import SEARCHES, StudyPlan, study_config
from nni_hpo_ext.study import load_study

MODELS = ("svm", "forest", "logistic", "knn")


@dataclass(frozen=True)
class Outcome:
    """A finished study.

    Attributes
    ----------
    data, search, seed, trials
        Name of the image set, tuner, seed and largest number of trials.
    model
        The best model.
    validation, test
        Its accuracy on the validation and the test part.
    seconds
        Duration of the search.
    """

    data: str
    search: str
    seed: int
    trials: int
    model: str
    validation: float
    test: float
    seconds: float


def run(data: str, search: str, seed: int, plan: StudyPlan) -> Outcome:
    """Run a study in a folder of its own: nothing is shared but the images."""
    with tempfile.TemporaryDirectory(prefix="studio-searches-") as name:
        folder = Path(name)
        images = scan(example_folder(data, folder / "images"), folder / "set", data, seed=seed)
        (folder / "set").mkdir()
        images.save()
        own = StudyPlan(**{**asdict(plan), "data": folder / "set", "search": search, "seed": seed})
        write_config(folder / "study", study_config(own, images.size))
        return outcome(folder / "study", data, own)


def outcome(folder: Path, data: str, plan: StudyPlan) -> Outcome:
    """Run the job of a study, and read what it has found."""
    with (folder / LOG_FILE).open("w") as log:
        job = [sys.executable, "-m", "nni_hpo_ext.studio.job", str(folder)]
        done = subprocess.run(job, stdout=log, stderr=log, check=False)
    directory = experiment_directory(folder)
    if done.returncode or directory is None:
        raise ExperimentError((folder / LOG_FILE).read_text(encoding="utf-8"))
    study = load_study(str(directory))
    assert study.best is not None
    assert study.score is not None
    return Outcome(
        data=data,
        search=plan.search,
        seed=plan.seed,
        trials=plan.trials,
        model=str((study.best.params or {})["model"]["_name"]),
        validation=study.best.values[study.objectives[0].name],
        test=study.score.value,
        seconds=study.seconds,
    )


def table(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """Return the lines of a table in Markdown: mean and standard deviation over the seeds."""
    yield "| images | search | validation accuracy | test accuracy | time | best models |"
    yield "|---|---|---|---|---|---|"
    for data, search in dict.fromkeys((each.data, each.search) for each in outcomes):
        own = [each for each in outcomes if (each.data, each.search) == (data, search)]
        cells = [data, SEARCHES[search].partition(":")[0]]
        cells += [_spread([getattr(each, part) for each in own]) for part in ("validation", "test")]
        cells.append(f"{np.mean([each.seconds for each in own]):.0f} s")
        cells.append(", ".join(dict.fromkeys(each.model for each in own)))
        yield f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return f"{np.mean(values):.3f} ± {spread:.3f}"


def main() -> None:
    """Run what is missing in the file, and print the table."""
    parser = argparse.ArgumentParser(description="Compare the kinds of search of the studio.")
    parser.add_argument("file", type=Path, help="finished studies, one JSON object per line")
    parser.add_argument("--data", default="digits", help="digits, or a folder of $NNI_HPO_DATA")
    parser.add_argument("--searches", nargs="+", default=[*SEARCHES], choices=[*SEARCHES])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--parallel", type=int, default=1)
    given = parser.parse_args()
    lines = given.file.read_text().splitlines() if given.file.is_file() else []
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    known = {(each.data, each.search, each.seed, each.trials) for each in outcomes}
    plan = StudyPlan(
        name=given.data,
        data=Path(),
        models=given.models,
        minutes=given.minutes,
        trials=given.trials,
        parallel=given.parallel,
    )
    for seed in range(given.seeds):
        for search in given.searches:
            if (given.data, search, seed, given.trials) in known:
                continue
            outcomes.append(run(given.data, search, seed, plan))
            with given.file.open("a") as out:
                print(json.dumps(asdict(outcomes[-1])), file=out)
            print(outcomes[-1], flush=True)
    print("\n".join(table(outcomes)))


if __name__ == "__main__":
    main()
