"""Image sets: layouts, damaged files, duplicates, leaks and splits."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encoded, picture, write_classes
from PIL import Image

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data import (
    NEAR,
    PARTS,
    describe,
    grouped_split,
    leave_out_duplicates,
    near_pairs,
    read_set,
    scan,
    use_all,
)


def test_the_publishers_parts_are_kept_and_the_missing_one_is_split_off(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", 20)
    write_classes(tmp_path / "valid", 4)
    images = scan(tmp_path, tmp_path)
    given_parts = Counter((p.given, p.part) for p in images.pictures)
    assert given_parts[("validation", "validation")] == 12
    assert given_parts[("train", "test")] == 9
    assert given_parts[("train", "train")] == 51


def test_images_with_a_table_of_labels(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    lines = ["id,breed"]
    for number, label in enumerate(["red", "blue"] * 10):
        picture(label, number).save(tmp_path / "images" / f"{number}.png")
        lines.append(f"{number},{label}")
    picture("red", 99).save(tmp_path / "images" / "extra.png")
    (tmp_path / "labels.csv").write_text("\n".join([*lines, "gone,red"]))
    images = scan(tmp_path, tmp_path)
    assert Counter(p.label for p in images.pictures) == {"red": 10, "blue": 10}
    assert dict(images.skipped).keys() == {"images/extra.png", "gone"}


def test_a_folder_without_classes_is_refused(tmp_path: Path) -> None:
    picture("red", 0).save(tmp_path / "1.png")
    with pytest.raises(DataError, match="a folder of its own"):
        scan(tmp_path, tmp_path)


def test_damaged_and_huge_images_are_left_out_with_the_reason(tmp_path: Path) -> None:
    write_classes(tmp_path, 10)
    whole = encoded(picture("red", 1))
    (tmp_path / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "red" / "text.jpg").write_text("no image")
    Image.new("1", (30_000, 30_000)).save(tmp_path / "blue" / "huge.png")
    images = scan(tmp_path, tmp_path)
    out = {Path(p.file).name: p.out for p in images.pictures if p.out}
    assert out.keys() == {"cut.png", "text.jpg", "huge.png"}
    assert out["huge.png"].startswith("too large")
    assert describe(images).damaged == 3
    assert all(not p.part for p in images.pictures if p.out)


def test_duplicates_that_leak_are_found_and_left_out(tmp_path: Path) -> None:
    for part, count in (("train", 12), ("test", 6)):
        write_classes(tmp_path / part, count)
    same = picture("red", 3)  # the test part holds the first images of the training part
    same.resize((96, 96)).save(tmp_path / "test" / "red" / "larger.jpg", quality=80)
    images = scan(tmp_path, tmp_path)
    found = describe(images)
    assert len(found.exact) == 18
    assert len(found.leaks) == 18
    assert any(len(group) == 3 for group in found.near)
    assert any("more than one part" in line for line in found.warnings)
    leave_out_duplicates(images)
    assert describe(images).leaks == []
    assert Counter(p.part for p in images.pictures)["test"] == 18
    use_all(images)
    assert len(describe(images).leaks) == 18


def test_copies_with_another_label_are_left_out_altogether(tmp_path: Path) -> None:
    write_classes(tmp_path, 12)
    picture("red", 0).save(tmp_path / "blue" / "wrong.png")
    images = scan(tmp_path, tmp_path)
    assert len(describe(images).conflicts) == 1
    assert leave_out_duplicates(images) == 2


def test_a_set_is_read_as_it_was_saved(tmp_path: Path) -> None:
    images = scan(write_classes(tmp_path / "images"), tmp_path, "colours")
    images.save()
    again = read_set(tmp_path)
    assert (again.name, again.pictures) == ("colours", images.pictures)
    rows = again.rows("test")
    assert again.images(rows, 16).shape == (len(rows), 16, 16, 3)


LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=40, max_size=120)


@given(LABELS, st.integers(0, 3))
def test_a_split_divides_no_group_and_keeps_the_shares(
    examples: list[tuple[str, int]], seed: int
) -> None:
    labels = [label for label, _ in examples]
    groups = np.array([group for _, group in examples])
    shares = [0.7, 0.15, 0.15]
    parts = grouped_split(labels, groups, shares, seed)
    for group in set(groups.tolist()):
        assert len(set(parts[groups == group].tolist())) == 1
    largest = max(Counter(groups.tolist()).values())
    for part, share in enumerate(shares):
        assert abs((parts == part).sum() - share * len(labels)) <= 3 * (largest + 1)


HASHES = st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=12)


@given(HASHES, st.lists(st.integers(0, 63), max_size=NEAR + 1, unique=True))
def test_near_pairs_are_those_of_a_count_of_bits(codes: list[int], flips: list[int]) -> None:
    near = codes[0]
    for bit in flips:
        near ^= 1 << bit
    codes = [*codes, near]
    telling = [i for i, code in enumerate(codes) if 10 <= code.bit_count() <= 54]
    wanted = {
        (a, b)
        for a, b in itertools.combinations(telling, 2)
        if (codes[a] ^ codes[b]).bit_count() <= NEAR
    }
    assert set(near_pairs([f"{code:016x}" for code in codes])) == wanted


def test_digits_that_look_alike_are_not_duplicates(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        image = Image.fromarray((pixels * 255 / 16).astype(np.uint8))
        image.save(tmp_path / str(label) / f"{number}.png")
    images = scan(tmp_path, tmp_path)
    assert describe(images).near == []
    sizes = {part: len(images.rows(part)) for part in PARTS}
    assert sizes["train"] > 1200
    assert abs(sizes["validation"] - sizes["test"]) <= 10
