"""Archives that try to do harm are refused with a reason, and leave nothing behind."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encoded, picture, write_classes, zipped

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data import ArchiveLimits, scan, unpack

IMAGE = encoded(picture("red", 0))


def with_entries(archive: Path, *names: str) -> None:
    with zipfile.ZipFile(archive, "w") as out:
        for name in names:
            out.writestr(zipfile.ZipInfo(name), IMAGE)


def a_path_outside(archive: Path) -> None:
    with_entries(archive, "red/1.png", "../../outside.png")


def an_absolute_path(archive: Path) -> None:
    with_entries(archive, "/tmp/outside.png")


def a_path_of_windows(archive: Path) -> None:
    with_entries(archive, "..\\..\\outside.png", "C:/outside.png")


def a_link(archive: Path) -> None:
    entry = zipfile.ZipInfo("red/1.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr(entry, "/etc/passwd")


def a_bomb(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("red/1.png", bytes(50 * 2**20))


def too_many_files(archive: Path) -> None:
    with_entries(archive, *(f"red/{number}.png" for number in range(60)))


def folders_without_end(archive: Path) -> None:
    with_entries(archive, "/".join(["a"] * 40) + "/1.png")


def a_lie_about_its_size(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("red/1.png", IMAGE)
    content = bytearray(archive.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", 10)
    archive.write_bytes(content)


def no_zip_file(archive: Path) -> None:
    archive.write_bytes(IMAGE * 3)


HOSTILE = [
    a_path_outside, an_absolute_path, a_path_of_windows, a_link, a_bomb, too_many_files,
    folders_without_end, a_lie_about_its_size, no_zip_file,
]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_archive_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    archive, folder = tmp_path / "images.zip", tmp_path / "inside" / "images"
    make(archive)
    with pytest.raises(DataError, match=r"zip file"):
        unpack(archive, folder, ArchiveLimits(files=50))
    assert {p.name for p in tmp_path.rglob("*")} <= {"images.zip", "inside"}


def test_other_files_are_left_out_with_a_reason(tmp_path: Path) -> None:
    archive = tmp_path / "images.zip"
    names = ["red/1.png", "red/1.PNG", "run.sh", "__MACOSX/red/._1.png", "red/a:b.png"]
    with_entries(archive, *names)
    result = unpack(archive, tmp_path / "images")
    assert result.files == 1
    reasons = dict(result.skipped)
    assert reasons.keys() == {"red/1.PNG", "run.sh", "red/a:b.png"}
    assert "twice" in reasons["red/1.PNG"]


def test_an_archive_of_class_folders_becomes_an_image_set(tmp_path: Path) -> None:
    archive = zipped(write_classes(tmp_path / "drawn"), tmp_path / "images.zip")
    shares: list[float] = []
    unpack(archive, tmp_path / "set" / "images", progress=shares.append)
    images = scan(tmp_path / "set" / "images", tmp_path / "set")
    assert (images.labels, len(images.pictures)) == (["blue", "green", "red"], 60)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5, unique=True))
def test_no_name_leads_outside(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    place = tmp_path_factory.mktemp("names")
    archive = place / "images.zip"
    try:
        with_entries(archive, *(f"{name}.png" for name in names))
    except UnicodeEncodeError:  # a lone surrogate, which zip files cannot hold
        return
    try:
        unpack(archive, place / "images")
    except DataError:
        assert not (place / "images").exists()
    assert {p.name for p in place.iterdir()} <= {"images.zip", "images"}
