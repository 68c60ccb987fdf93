"""Read image sets in the background: unpack, inspect, split."""

from __future__ import annotations

import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nni_hpo_ext.errors import DataError, HpoExtError
from nni_hpo_ext.studio.data import example_folder, scan, unpack
from nni_hpo_ext.studio.pages._store import SetRecord, StudioStore

__all__ = ["ARCHIVE", "Importer"]

ARCHIVE = "upload.zip"
_IMAGES = "images"

_logger = logging.getLogger(__name__)


class Importer:
    """Reads image sets, one after the other, in a thread.

    Parameters
    ----------
    store
        Where the sets are.
    """

    def __init__(self, store: StudioStore) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(1, "import")
        self._progress: dict[int, float] = {}
        for record in store.sets():  # what an earlier studio did not finish
            if record.state == "reading":
                self.start(record.id)

    def start(self, number: int) -> None:
        """Read a set as soon as the others before it are done."""
        self._progress[number] = 0.0
        self._pool.submit(self._read, number)

    def progress(self, number: int) -> float:
        """Return the share of a set that is read, from 0 to 1."""
        return self._progress.get(number, 0.0)

    def _read(self, number: int) -> None:
        record = self._store.one_set(number)
        try:
            self._scan(record)
        except HpoExtError as error:
            self._store.mark_set(number, "failed", str(error))
        except Exception as error:
            _logger.exception("image set %d cannot be read", number)
            self._store.mark_set(number, "failed", f"it cannot be read: {error!r}")
        else:
            self._store.mark_set(number, "ready")

    def _scan(self, record: SetRecord) -> None:
        folder = self._store.set_folder(record.id)
        source, skipped = folder / _IMAGES, []

        def first_half(share: float) -> None:
            self._progress[record.id] = share / 2

        def second_half(share: float) -> None:
            self._progress[record.id] = 0.5 + share / 2

        if record.source == "upload":
            shutil.rmtree(source, ignore_errors=True)
            if not (folder / ARCHIVE).is_file():
                raise DataError("the upload was interrupted; upload the file again")
            skipped = unpack(folder / ARCHIVE, source, progress=first_half).skipped
            (folder / ARCHIVE).unlink()
        elif record.source == "example":
            source = example_folder(record.name, source)
        else:
            source = Path(record.source)
        images = scan(source, folder, record.name, progress=second_half)
        images.skipped.extend(skipped)
        images.save()
