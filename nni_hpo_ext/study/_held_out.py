"""The score of the best trial on the test part, kept in the experiment's directory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import json_text

__all__ = ["HeldOutScore", "keep_score", "read_score"]

_FILE = "test.json"


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """Score of the best trial on the test part, which the search never saw.

    Attributes
    ----------
    trial, job_id
        Number and NNI's id of the trial.
    metric, value
        Name and value of the metric on the test part.
    validation
        The trial's value of the first objective, by which it was chosen.
    examples
        Number of test examples.
    dataset
        Name of the data set.
    """

    trial: int
    job_id: str
    metric: str
    value: float
    validation: float
    examples: int
    dataset: str


def keep_score(directory: Path, score: HeldOutScore) -> None:
    """Write a score to an experiment's directory.

    Raises
    ------
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> score = HeldOutScore(3, "Ab3dE", "accuracy", 0.87, 0.89, 300, "digits")
    >>> with TemporaryDirectory() as folder:
    ...     keep_score(Path(folder), score)
    ...     read_score(Path(folder)) == score
    True
    """
    try:
        (directory / _FILE).write_text(json_text(asdict(score)), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{directory / _FILE} cannot be written: {error.strerror}") from None


def read_score(directory: Path) -> HeldOutScore | None:
    """Read the score in an experiment's directory, None if there is none.

    Raises
    ------
    DataError
        If the file is malformed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     print(read_score(Path(folder)))
    None
    """
    file = directory / _FILE
    if not file.is_file():
        return None
    try:
        return HeldOutScore(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{file} cannot be read ({error}); remove it") from None
