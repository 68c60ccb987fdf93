"""The studies of a service, one directory each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.asktell import (
    HostedStudy,
    Refusal,
    create_study,
    invalid,
    missing,
    require_same,
)
from nni_hpo_ext.errors import ExperimentError, HpoExtError
from nni_hpo_ext.serve._inert import require_inert
from nni_hpo_ext.study import DEFINITION_FILE, read_definition
from nni_hpo_ext.web import own_token

__all__ = ["StudyStore"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


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
            self.token = own_token(directory)
        except OSError as error:
            raise ExperimentError(f"{directory}: {error.strerror}") from error

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
            require_same(read_definition(directory), given)
            return self.get(name)
        try:
            require_inert(given)
            create_study(directory, given)
        except Refusal:
            raise
        except HpoExtError as error:
            raise invalid(str(error)) from error
        return self.get(name)

    def remove_leftovers(self) -> None:
        """Remove what studies left whose creation was interrupted."""
        for path in self.directory.glob(".new-*"):
            shutil.rmtree(path, ignore_errors=True)
