"""Unpack an uploaded zip file: only images and tables, within limits, inside one folder."""

from __future__ import annotations

import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.predict import SUFFIXES

__all__ = ["ArchiveLimits", "Unpacked", "unpack"]

_TABLES = (".csv",)
_RESERVED = set('<>:"|?*\\')
# Files that systems add to archives; leaving them out needs no message.
_SYSTEM = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The largest archive that is unpacked.

    Attributes
    ----------
    files
        Number of entries.
    total
        Bytes of all files, unpacked.
    file
        Bytes of one file, unpacked.
    ratio
        Unpacked bytes per packed byte of one file; images hardly shrink at all.
    depth
        Folders inside each other.
    """

    files: int = 200_000
    total: int = 20 * 2**30
    file: int = 100 * 2**20
    ratio: int = 200
    depth: int = 12


@dataclass(slots=True)
class Unpacked:
    """Result of unpacking.

    Attributes
    ----------
    files
        Number of files written.
    skipped
        Name and reason of each entry that was left out.
    """

    files: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def unpack(
    archive: Path,
    folder: Path,
    limits: ArchiveLimits | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Unpacked:
    """Unpack the images and tables of a zip file.

    An archive that tries to write outside the folder, holds links, or unpacks to more than the
    limits is refused as a whole: it was made to do harm. Other files than images are left out.

    Parameters
    ----------
    archive
        The zip file.
    folder
        Where to unpack; it is created.
    limits
        The limits.
    progress
        Called with the share that is done.

    Raises
    ------
    DataError
        If the file is not a zip file, is damaged, or is refused. The folder is then removed.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.filename.endswith("/")]
            _refuse(entries, limits or ArchiveLimits())
            return _write(opened, entries, folder, limits or ArchiveLimits(), progress)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(f"the file is not a usable zip file ({error}); pack it again") from None
    except (RuntimeError, ValueError) as error:  # a password, a name with a null byte
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(f"the zip file cannot be unpacked: {error}") from None
    except (DataError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _refuse(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    """Raise an error for an archive that was made to do harm, before anything is written."""
    if len(entries) > limits.files:
        raise DataError(f"the zip file holds {len(entries)} files; at most {limits.files} may be")
    total = sum(entry.file_size for entry in entries)
    if total > limits.total:
        raise DataError(
            f"the zip file unpacks to {total / 2**30:.1f} GiB, more than {limits.total / 2**30:g}"
        )
    for entry in entries:
        if problem := _harm(entry, limits):
            raise DataError(f"the zip file is refused: {entry.filename!r:.120} {problem}")


def _harm(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    mode = entry.external_attr >> 16
    if not path.parts:
        return "is an empty name"
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        return "points outside its folder"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or a device"
    if len(path.parts) > limits.depth:
        return f"lies more than {limits.depth} folders deep"
    if entry.file_size > limits.ratio * max(entry.compress_size, 1024):
        return "unpacks to far more than an image does"
    return ""


def _write(
    opened: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    folder: Path,
    limits: ArchiveLimits,
    progress: Callable[[float], None],
) -> Unpacked:
    folder.mkdir(parents=True, exist_ok=True)
    result, total = Unpacked(), sum(entry.compress_size for entry in entries) or 1
    seen: set[str] = set()
    done = 0
    for entry in entries:
        done += entry.compress_size
        name = entry.filename
        reason = _unusable(name, entry.file_size, limits) or _twice(name, seen)
        if reason:
            if reason != "system":
                result.skipped.append((name[:200], reason))
            continue
        target = folder.joinpath(*PurePosixPath(name.replace("\\", "/")).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(opened, entry, target)
        result.files += 1
        progress(done / total)
    return result


def _twice(name: str, seen: set[str]) -> str:
    """Return a reason if an earlier name is the same on some file system."""
    folded = unicodedata.normalize("NFC", name).casefold()
    if folded in seen:
        return "its name occurs twice"
    seen.add(folded)
    return ""


def _unusable(name: str, size: int, limits: ArchiveLimits) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if any(part in _SYSTEM or part.startswith("._") for part in path.parts):
        return "system"
    if path.suffix.lower() not in (*SUFFIXES, *_TABLES):
        return "not an image or a CSV file"
    if size > limits.file:
        return f"larger than {limits.file // 2**20} MiB"
    if any(len(part.encode()) > 200 for part in path.parts):
        return "its name is too long"
    if any(not part.isprintable() or _RESERVED & set(part) for part in path.parts):
        return "its name has characters that file systems refuse"
    return ""


def _copy(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one file in blocks, and not more bytes than the archive announced."""
    left = entry.file_size
    with opened.open(entry) as source, target.open("xb") as out:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise DataError(f"the zip file is refused: {entry.filename!r:.120} lies about size")
            out.write(block)
