"""The studies of a service, one directory each."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.errors import ExperimentError, HpoExtError
from nni_hpo_ext.journal import journals_in
from nni_hpo_ext.serve._hosted import HostedStudy
from nni_hpo_ext.serve._refusal import conflict, invalid, missing
from nni_hpo_ext.serve._tuning import StudyAssessor, StudyTuner
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import DEFINITION_FILE, read_definition

__all__ = ["StudyStore"]

_logger = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN_FILE = ".token"


class StudyStore:
    """The studies in a directory, read when they are first used.

    Parameters
    ----------
    directory
        Where they are, one directory each; it is created if it does not exist. Only one service
        may use it.

    Raises
    ------
    ExperimentError
        If the directory cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.serve import StudyStore
    >>> with TemporaryDirectory() as folder:
    ...     store = StudyStore(Path(folder))
    ...     store.names()
    []
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open: dict[str, HostedStudy] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.token = self._own_token()
        except OSError as error:
            raise ExperimentError(f"{directory}: {error.strerror}") from error

    def _own_token(self) -> str:
        """Return the token of the service, made at its first start; only its user can read it."""
        path = self.directory / _TOKEN_FILE
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32))
        token = path.read_text(encoding="ascii").strip()
        if not token:
            raise ExperimentError(f"{path} is empty: delete it, and a new token is made")
        return token

    def names(self) -> list[str]:
        """Return the names of all studies, sorted."""
        return sorted(path.parent.name for path in self.directory.glob(f"*/{DEFINITION_FILE}"))

    def get(self, name: str) -> HostedStudy:
        """Return a study.

        Raises
        ------
        Refusal
            If it does not exist.
        HpoExtError
            If it cannot be read.
        """
        if name not in self._open:
            if not (self._directory(name) / DEFINITION_FILE).is_file():
                raise missing(f"no study {name}")
            self._open[name] = HostedStudy(self._directory(name))
        return self._open[name]

    def _directory(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise invalid(
                f"name: {name!r:.80} must be 1 to 64 letters, digits, '.', '_' or '-', and start "
                "with a letter or a digit"
            )
        return self.directory / name

    def create(self, name: str, given: Mapping[str, Any]) -> HostedStudy:
        """Create a study, or return it if it exists with the same definition.

        Raises
        ------
        Refusal
            If the definition is not usable, or the study exists with another one.
        """
        directory = self._directory(name)
        if (directory / DEFINITION_FILE).is_file():
            self._require_same(read_definition(directory), given)
            return self.get(name)
        seed = given.get("seed")
        definition = {
            **given,
            "name": name,
            "created": round(time.time(), 3),
            "seed": int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed,
        }
        # Complete before it has its name, so that a kill leaves all or nothing.
        with tempfile.TemporaryDirectory(dir=self.directory, prefix=".new-") as scratch:
            _try_out(definition, Path(scratch))
            new = Path(scratch, name)
            (new / "checkpoint").mkdir(parents=True)
            with (new / DEFINITION_FILE).open("w", encoding="utf-8") as file:
                json.dump(definition, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            if directory.exists():
                raise conflict(f"{directory} exists, but is not a study: move it away")
            new.rename(directory)
        return self.get(name)

    @staticmethod
    def _require_same(known: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        for key, value in given.items():
            if known.get(key) != value and not (key == "seed" and value is None):
                raise conflict(
                    f"study {known['name']} exists with another {key}; choose another name"
                )

    def remove_leftovers(self) -> None:
        """Remove what studies left whose creation was interrupted."""
        for path in self.directory.glob(".new-*"):
            shutil.rmtree(path, ignore_errors=True)


def _try_out(definition: Mapping[str, Any], folder: Path) -> None:
    """Refuse a definition whose space, tuner or assessor cannot be used."""
    try:
        SearchSpace(definition["search_space"])
        with journals_in(folder), separate_dispatcher():
            StudyTuner(definition, folder, ())
            StudyAssessor(definition, folder, ())
    except HpoExtError as error:
        raise invalid(str(error)) from error
